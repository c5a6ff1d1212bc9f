/** Landfall's own pages behind the proxy of its host, with a real HAProxy and clients at several addresses. */
import { readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { beforeAll, expect, test } from '@jest/globals';
import { Client } from 'undici';
import { createProxy, type Proxy } from '../../../activities/targets/podman/proxy/proxy.ts';
import { startServer } from '../../../api/server.ts';
import { freePort } from '../../../infra/dev/process.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { testProxy } from '../../support/proxy.ts';
import { tempDir } from '../../support/tmp.ts';
import { ask, askHttp2 } from '../../support/web.ts';
import { NO_TEMPORAL, startApi } from '../harness.ts';

const NAME = 'deploy.example.com';
const HERE = `http://${NAME}`;
const entrance = (host: string, path = '/') => ({
  ...{ id: 'shop.web.production', address: '127.0.0.1', mode: 'http' as const },
  routes: [{ host, path }],
});

let proxy: Proxy;
let ports: { readonly httpPort: number; readonly httpsPort: number };
let away: () => Promise<void>;
let configFile = '';
beforeAll(async () => {
  const trustedProxies = new BlockList();
  trustedProxies.addAddress('127.0.0.1');
  const { app } = await startApi({ address: NO_TEMPORAL, trustedProxies, publicUrl: HERE });
  const server = await startServer({ app, hostname: '127.0.0.1', port: 0 });
  let closing: Promise<void> | undefined;
  away = () => (closing ??= server.close());
  onCleanup(() => away());

  const { adminSocket, masterSocket, ...files } = await testProxy();
  ({ configFile } = files);
  const landfall = { host: NAME, address: '127.0.0.1', port: Number(new URL(server.url).port) };
  ports = { httpPort: await freePort(), httpsPort: await freePort() };
  proxy = createProxy({
    ...{ configFile, adminSocket, masterSocket },
    public: { ...ports, address: '127.0.0.1', certificates: `${tempDir()}/tls`, landfall },
  });
  await proxy.refresh();
});

/** Tries to sign in, as a client at one of this machine's addresses that claims to be another. @returns the status */
async function signIn(localAddress: string, claimed: string): Promise<number> {
  const client = new Client(`http://127.0.0.1:${ports.httpPort}`, { localAddress });
  try {
    const { statusCode, body } = await client.request({
      path: '/login',
      method: 'POST',
      headers: {
        ...{ host: NAME, origin: HERE, 'content-type': 'application/x-www-form-urlencoded' },
        'x-forwarded-for': claimed,
      },
      body: 'token=a-guess',
    });
    await body.dump();
    return statusCode;
  } finally {
    await client.destroy();
  }
}

test('answer under their own name, over HTTP/2 as well; the name and its paths are no services [B18][G7]', async () => {
  const port = ports.httpPort;
  expect(await ask({ port, host: NAME, path: '/login' })).toMatchObject({ status: 200 });
  expect(await askHttp2({ port: ports.httpsPort, host: NAME, path: '/login' })).toMatchObject({ status: 200 });
  // The webhook's address, which wants a signed POST.
  expect(await ask({ port, host: NAME, path: '/api/webhooks/github' })).toMatchObject({ status: 401 });
  expect(await ask({ port, host: 'other.example.com', path: '/login' })).toMatchObject({ status: 404 });
  // A CI job waits for its deployment longer than for a page.
  expect(readFileSync(configFile, 'utf8')).toMatch(
    /\nbackend landfall-own from landfall\n {2}mode http\n {2}timeout server 20m\n/,
  );

  await expect(proxy.route(entrance(NAME, '/api'), 9)).rejects.toMatchObject({
    type: 'RouteTaken',
    message: expect.stringContaining(`${NAME}/api is at the name of Landfall's own pages`) as unknown,
  });
});

test('count guessed tokens by the address that clients have, not the one that they claim [F6][B18]', async () => {
  let status = 401;
  let guesses = 0;
  for (; status === 401 && guesses < 100; guesses += 1) status = await signIn('127.0.0.9', `203.0.113.${guesses}`);
  expect(status).toBe(429);
  expect(guesses).toBeGreaterThan(1);
  // Another client is none the worse for it, also when the guesser claims its address.
  await signIn('127.0.0.9', '127.0.0.8');
  expect(await signIn('127.0.0.8', '127.0.0.9')).toBe(401);
});

test('are a page that asks to come back while Landfall is away [F1][B18]', async () => {
  await away();
  expect(await ask({ port: ports.httpPort, host: NAME, path: '/login' })).toMatchObject({
    status: 503,
    headers: { 'retry-after': '5' },
  });
});
