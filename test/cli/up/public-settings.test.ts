/** The ports for the web: which ones, and who has them. */
import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { assertOpenable, publicSettings, portRefusal, type PublicOptions } from '../../../cli/up/public-settings.ts';
import { portHolder } from '../../../infra/dev/port-holder.ts';
import { freePort } from '../../../infra/dev/process.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { tempDir } from '../../support/tmp.ts';

const read = (options: PublicOptions, env: Readonly<Record<string, string>> = {}, hostsFile?: string) =>
  publicSettings((name) => env[name], options, hostsFile);

test('without a word no service has a name; --public opens every address, and ports alone the loopback', () => {
  expect(read({})).toBeUndefined();
  expect(read({ public: true })).toEqual({ address: '0.0.0.0', httpPort: 80, httpsPort: 443 });
  expect(read({ public: '10.0.0.7', httpPort: 8080 })).toEqual({ address: '10.0.0.7', httpPort: 8080, httpsPort: 443 });
  expect(read({ httpPort: 8080, httpsPort: 8443 })).toEqual({ address: '127.0.0.1', httpPort: 8080, httpsPort: 8443 });
  const env = {
    LANDFALL_PUBLIC_ADDRESS: '::',
    LANDFALL_PUBLIC_HTTP_PORT: '8080',
    LANDFALL_PUBLIC_HTTPS_PORT: '8443',
  };
  expect(read({}, env)).toEqual({ address: '::', httpPort: 8080, httpsPort: 8443 });
  // The command line counts.
  expect(read({ public: '127.0.0.1', httpsPort: 9443 }, env)).toEqual({
    address: '127.0.0.1',
    httpPort: 8080,
    httpsPort: 9443,
  });
  expect(read({ public: true }, env)).toMatchObject({ address: '::' });
});

test.each([
  [{ public: 'shop.example.com' }, {}],
  [{ public: true, httpPort: 443 }, {}],
  [{}, { LANDFALL_PUBLIC_ADDRESS: '10.0.0.300' }],
  [{}, { LANDFALL_PUBLIC_HTTP_PORT: 'http' }],
  [{ public: true }, { LANDFALL_PUBLIC_HTTPS_PORT: '70000' }],
] as const)('%j and %j are refused with what to write', (options, env) => {
  expect(() => read(options, env)).toThrow(/no address with two different ports.*--public 0\.0\.0\.0/);
});

test('with a hosts file they would change nothing, and are refused', () => {
  expect(() => read({ public: true }, {}, '/etc/hosts.json')).toThrow(/with LANDFALL_HOSTS_FILE it starts none/);
});

test('a port that another program has is refused with its name, and other addresses with theirs', async () => {
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
  onCleanup(() => void squatter.close());
  const address = squatter.address();
  const taken = typeof address === 'object' && address ? address.port : 0;
  const free = await freePort();
  const web = { address: '127.0.0.1', httpPort: free, httpsPort: taken };
  const folder = tempDir();
  await expect(assertOpenable(web, folder)).rejects.toThrow(
    `Open port ${taken} of 127.0.0.1 for the web: ${portHolder(taken)?.unit ?? portHolder(taken)?.program ?? ''} (process ${process.pid}) listens there. Stop it, or choose another port with --https-port.`,
  );
  await assertOpenable({ ...web, httpsPort: await freePort() }, folder);
  await expect(assertOpenable({ ...web, address: '192.0.2.1' }, folder)).rejects.toThrow(/no address of this machine/);
});

test.each([
  ['EACCES', undefined, /root alone on this system .*ip_unprivileged_port_start=80.*CAP_NET_BIND_SERVICE.*--http-port/],
  ['EADDRINUSE', undefined, /which this account cannot see .*ss -ltnp 'sport = :80'.*--http-port/],
  ['EADDRINUSE', { pid: 17, program: 'nginx', unit: undefined }, /nginx \(process 17\) listens there .*--http-port/],
  ['EAFNOSUPPORT', undefined, /listen EAFNOSUPPORT .*--http-port/],
])('a port that the system refuses with %s says what to do', (code, holder, words) => {
  const error = Object.assign(new Error(`listen ${code}`), { code });
  expect(portRefusal(error, { port: 80, option: '--http-port', holder }).join(' ')).toMatch(words);
});
