/** A real certificate authority (Pebble, of Let's Encrypt) with a DNS of its own, on ports of its own. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Agent, request } from 'undici';
import { where } from '../../infra/dev/locate.ts';
import { freePort, startProcess } from '../../infra/dev/process.ts';
import { onCleanup } from './cleanup.ts';
import { selfSigned } from './self-signed.ts';
import { eventually } from './eventually.ts';
import { tempDir } from './tmp.ts';

export interface Pebble {
  /** The address of its directory. */
  readonly directory: string;
  /** PEM: the root by which its own address is trusted. */
  readonly roots: string;
  /** The same in a file. */
  readonly rootsFile: string;
  /** The DNS server that it asks: `ADDRESS:PORT`. Every name is at 127.0.0.1 until it is told otherwise. */
  readonly resolver: string;
  /** The root of the certificates that it makes: PEM. */
  issuer(): Promise<string>;
  /** Ends the authority; its DNS goes on. */
  stop(): Promise<void>;
  /** Has the name be at these addresses; none: it does not resolve. */
  point(name: string, addresses: readonly string[]): Promise<void>;
}

interface PebbleOptions {
  /** The port on which it asks for challenges. */
  readonly httpPort: number;
  /** The lifetime of certificates, in seconds. */
  readonly lifetime?: number;
  /** Key id and key (base64url) of an account that was made by hand, without which it takes no new one. */
  readonly binding?: readonly [string, string];
}

/** Both end after the file's last test. */
export async function testPebble({ httpPort, lifetime, binding }: PebbleOptions): Promise<Pebble> {
  const dir = tempDir();
  const [dnsPort, dnsControl, port, control] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const { rootsFile, certificate, privateKey } = await makeServerCertificate(dir);
  const resolver = `127.0.0.1:${dnsPort}`;
  const dns = await startProcess({
    command: join(dirname(where('pebble')), 'pebble-challtestsrv'),
    args: [
      ...['-dns01', resolver, '-management', `127.0.0.1:${dnsControl}`, '-defaultIPv6', ''],
      ...['-http01', '', '-https01', '', '-tlsalpn01', ''],
    ],
    logFile: join(dir, 'dns.log'),
  });
  onCleanup(() => dns.stop());
  const config = {
    ...{ listenAddress: `127.0.0.1:${port}`, managementListenAddress: `127.0.0.1:${control}` },
    ...{ certificate, privateKey, httpPort, tlsPort: 1, ocspResponderURL: '' },
    ...(lifetime !== undefined && { certificateValidityPeriod: lifetime }),
    externalAccountBindingRequired: binding !== undefined,
    ...(binding && { externalAccountMACKeys: { [binding[0]]: binding[1] } }),
  };
  const configFile = join(dir, 'pebble.json');
  writeFileSync(configFile, JSON.stringify({ pebble: config }));
  const pebble = await startProcess({
    command: where('pebble'),
    args: ['-config', configFile, '-strict', '-dnsserver', resolver],
    // It waits and errs at random otherwise; what it errs by is tried apart (RFC 8555, section 6.5).
    env: { PEBBLE_VA_NOSLEEP: '1', PEBBLE_AUTHZREUSE: '0' },
    logFile: join(dir, 'pebble.log'),
  });
  onCleanup(() => pebble.stop());

  const roots = readFileSync(rootsFile, 'utf8');
  const dispatcher = new Agent({ connect: { ca: roots } });
  onCleanup(() => dispatcher.close());
  const directory = `https://localhost:${port}/dir`;
  await eventually('Pebble', async () => (await request(directory, { dispatcher })).statusCode === 200, 60_000);
  const tell = async (verb: string, body: object) => {
    await request(`http://127.0.0.1:${dnsControl}/${verb}`, { method: 'POST', body: JSON.stringify(body) });
  };
  await eventually('its DNS', async () => (await tell('set-default-ipv4', { ip: '127.0.0.1' }), true), 60_000);
  return {
    ...{ directory, roots, rootsFile, resolver, stop: () => pebble.stop() },
    issuer: async () => (await request(`https://localhost:${control}/roots/0`, { dispatcher })).body.text(),
    point: async (name, addresses) => {
      await tell('clear-a', { host: name });
      // An empty list falls back on the default, so a name that does not resolve takes one without a default.
      if (addresses.length === 0) await tell('set-default-ipv4', { ip: '' });
      else await tell('add-a', { host: name, addresses });
    },
  };
}

/** Pebble speaks TLS, with a certificate that its clients have to be given the root of. */
async function makeServerCertificate(dir: string) {
  const certificate = join(dir, 'server.pem');
  const privateKey = join(dir, 'server.key');
  const made = await selfSigned('localhost');
  writeFileSync(certificate, made.chain);
  writeFileSync(privateKey, made.key);
  return { rootsFile: certificate, certificate, privateKey };
}
