/** Certificates at a host, with a real HAProxy, real TLS clients and connections that last. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { keepCertificates } from '../../../../../activities/targets/podman/certificates/keep.ts';
import { sendCommand } from '../../../../../activities/targets/podman/proxy/cli.ts';
import { createProxy, type Proxy } from '../../../../../activities/targets/podman/proxy/proxy.ts';
import { parseFormer } from '../../../../../activities/targets/podman/proxy/runtime.ts';
import type { PublicSettings } from '../../../../../contracts/config/host.ts';
import { FailureType, failure } from '../../../../../contracts/core/failures.ts';
import { Secret } from '../../../../../contracts/core/secret.ts';
import { readBundle } from '../../../../../activities/certificates/bundle.ts';
import { freePort } from '../../../../../infra/dev/process.ts';
import { startProxy } from '../../../../../infra/dev/proxy.ts';
import { onCleanup } from '../../../../support/cleanup.ts';
import { eventually } from '../../../../support/eventually.ts';
import { WEAK, selfSigned, type SelfSigned } from '../../../../support/self-signed.ts';
import { tempDir } from '../../../../support/tmp.ts';
import { ask } from '../../../../support/web.ts';

const SHOP = 'shop.example.com';
const THUMBPRINT = 'a'.repeat(43);
const forever = new AbortController().signal;
const fingerprintOf = (made: SelfSigned, name = SHOP) =>
  readBundle(made.both, { name, now: Date.now(), source: name }).fingerprint;

/** Answers every request, and speaks freely after an upgrade: what comes goes back. */
async function service(): Promise<number> {
  const server = createServer((_request, response) => response.end('shop'));
  server.on('upgrade', ({ headers }, socket) => {
    // RFC 6455, 4.2.2.
    const accept = createHash('sha1').update(
      `${headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
    );
    const answer = ['Connection: Upgrade', 'Upgrade: websocket', `Sec-WebSocket-Accept: ${accept.digest('base64')}`];
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${answer.join('\r\n')}\r\n\r\n`);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe('certificates at a host', () => {
  let web: PublicSettings;
  let proxy: Proxy;
  let own: string;
  let master: string;
  const issued = new Map<string, SelfSigned>();
  let fetched: string[] = [];
  let isAway = false;
  const keep = (fingerprint: string | null, name = SHOP) =>
    keepCertificates(
      {
        proxy,
        web,
        now: Date.now,
        source: {
          certificateOf: async (asked) => {
            fetched.push(asked);
            if (isAway) throw failure(FailureType.StoreUnavailable, 'Landfall is away.');
            const found = issued.get(asked);
            return found ? { chain: found.chain, key: new Secret(found.key) } : null;
          },
        },
      },
      { thumbprint: THUMBPRINT, names: [{ name, fingerprint }] },
      forever,
    );

  beforeAll(async () => {
    const dir = tempDir();
    const running = await startProxy({ dir });
    onCleanup(running.stop);
    const { configFile, adminSocket, masterSocket } = running;
    web = {
      ...{ address: '127.0.0.1', httpPort: await freePort(), httpsPort: await freePort() },
      certificates: join(dir, 'tls'),
    };
    own = join(web.certificates, 'own');
    mkdirSync(own, { recursive: true });
    master = masterSocket;
    proxy = createProxy({ configFile, adminSocket, masterSocket, public: web });
    await proxy.refresh();
    const entrance = { id: 'shop.web.production', address: '127.0.0.1', mode: 'http' } as const;
    await proxy.route({ ...entrance, routes: [{ host: SHOP, path: '/' }] }, await service());
  }, 120_000);
  beforeEach(() => {
    fetched = [];
    isAway = false;
  });

  test('challenges are answered before there is one, and HTTP serves; then HTTP leads to HTTPS [G7]', async () => {
    expect(await keep(null)).toEqual([
      { name: SHOP, source: 'none', fingerprint: null, notAfter: null, problem: null },
    ]);
    const challenge = '/.well-known/acme-challenge/abc';
    const answer = () => ask({ port: web.httpPort, host: SHOP, path: challenge });
    expect(await answer()).toMatchObject({ status: 200, body: `abc.${THUMBPRINT}` });
    expect(await ask({ port: web.httpPort, host: SHOP })).toMatchObject({ status: 200, body: 'shop' });

    const first = await selfSigned(SHOP);
    issued.set(SHOP, first);
    expect(await keep(fingerprintOf(first))).toMatchObject([
      { source: 'acme', fingerprint: fingerprintOf(first), problem: null },
    ]);
    expect(await ask({ port: web.httpPort, host: SHOP })).toMatchObject({ status: 308 });
    expect(await answer()).toMatchObject({ status: 200 });
    const file = join(web.certificates, 'served', `${SHOP}.pem`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    // Looking again fetches nothing.
    await keep(fingerprintOf(first));
    expect(fetched).toEqual([SHOP]);
  });

  test('a renewal breaks no connection: one that is kept alive and a WebSocket go on, new ones see the new one [G7][C5]', async () => {
    // A worker from before a reload, of the first certificate, still closes what is idle.
    await eventually(
      'the former worker to end',
      async () => parseFormer(await sendCommand(master, 'show proc')).length === 0,
      120_000,
    );
    const kept = await openTls();
    await speak(kept, GET, 'shop');
    const socket = await openTls();
    await speak(socket, UPGRADE, '101');
    await speak(socket, 'before', 'before');
    const before = shownTo(kept);
    for (let renewals = 0; renewals < 5; renewals += 1) {
      const next = await selfSigned(SHOP);
      issued.set(SHOP, next);
      expect(await keep(fingerprintOf(next))).toMatchObject([{ fingerprint: fingerprintOf(next), problem: null }]);
      await speak(kept, GET, 'shop');
      await speak(socket, `after ${renewals}`, `after ${renewals}`);
      const fresh = await openTls();
      expect(shownTo(fresh)).toBe(fingerprintOf(next));
      await speak(fresh, GET, 'shop');
      fresh.destroy();
    }
    expect(shownTo(kept)).toBe(before);
    kept.destroy();
    socket.destroy();
  });

  test('a control plane that is away leaves what serves, and says so [G7]', async () => {
    const serving = issued.get(SHOP);
    isAway = true;
    const [seen] = await keep('f'.repeat(64));
    expect(seen).toMatchObject({ source: 'none', problem: 'Landfall is away.' });
    expect(seen?.fingerprint).toBe(serving && fingerprintOf(serving));
  });

  test('a file of one’s own goes before, a change of it counts, and one that cannot serve is refused while the last serves on [G7]', async () => {
    const [mine, newer, expired, foreign] = await Promise.all([
      selfSigned(SHOP),
      selfSigned(SHOP),
      selfSigned(SHOP, -1),
      selfSigned('other.example.com'),
    ]);
    const acme = issued.get(SHOP);
    const wanted = acme ? fingerprintOf(acme) : null;
    const file = join(own, `${SHOP}.pem`);
    writeFileSync(file, mine.both, { mode: 0o600 });
    expect(await keep(wanted)).toMatchObject([{ source: 'own', fingerprint: fingerprintOf(mine), problem: null }]);
    // The certificate and the key as two files, as some programs write them.
    writeFileSync(file, newer.chain);
    expect(await keep(null)).toMatchObject([
      { source: 'none', fingerprint: fingerprintOf(mine), problem: expect.stringContaining('holds no private key') },
    ]);
    writeFileSync(join(own, `${SHOP}.key`), newer.key);
    expect(await keep(wanted)).toMatchObject([{ source: 'own', fingerprint: fingerprintOf(newer), problem: null }]);
    for (const [text, problem] of [
      [newer.chain + mine.key, 'does not fit its certificate'],
      [expired.both, 'has expired'],
      [foreign.both, 'and not for shop.example.com'],
      [(await selfSigned(SHOP, 30, WEAK)).both, 'TLS does not take it'],
      ['nonsense', 'holds no certificate'],
    ] as const) {
      writeFileSync(file, text);
      const [seen] = await keep(null);
      expect(seen).toMatchObject({ source: 'none', fingerprint: fingerprintOf(newer) });
      expect(seen?.problem).toMatch(new RegExp(`^${file}: .*${problem}`));
    }
    // Better one by ACME than one that ends.
    expect(await keep(wanted)).toMatchObject([{ source: 'acme', fingerprint: wanted }]);
    rmSync(file);
    mkdirSync(file);
    expect((await keep(wanted))[0]?.problem).toMatch(/: it cannot be read \(EISDIR\)\. Let the account/);
    rmSync(file, { recursive: true });
    writeFileSync(join(own, '_.example.com.pem'), (await selfSigned('*.example.com')).both);
    expect(await keep(wanted)).toMatchObject([{ source: 'own', problem: null }]);
    rmSync(join(own, '_.example.com.pem'));
    rmSync(join(own, `${SHOP}.key`));
    expect(await keep(wanted)).toMatchObject([{ source: 'acme', fingerprint: wanted, problem: null }]);
  });

  test('one of a name to which nothing answers any more is removed [G7]', async () => {
    const gone = await selfSigned('gone.example.com');
    issued.set('gone.example.com', gone);
    await keep(fingerprintOf(gone, 'gone.example.com'), 'gone.example.com');
    expect(readdirSync(join(web.certificates, 'served')).toSorted()).toEqual(['gone.example.com.pem', `${SHOP}.pem`]);
    const acme = issued.get(SHOP);
    await keep(acme ? fingerprintOf(acme) : null);
    expect(readdirSync(join(web.certificates, 'served'))).toEqual([`${SHOP}.pem`]);
  });

  const UPGRADE = `GET / HTTP/1.1\r\nHost: ${SHOP}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`;
  const GET = `GET / HTTP/1.1\r\nHost: ${SHOP}\r\n\r\n`;

  async function openTls(): Promise<TLSSocket> {
    const socket = connect({ host: '127.0.0.1', port: web.httpsPort, servername: SHOP, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    return socket;
  }
  const shownTo = (socket: TLSSocket) => socket.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase();
});

/** Sends it, and reads until the answer holds the text; fails when the connection ends. */
async function speak(socket: TLSSocket, text: string, awaited: string): Promise<void> {
  socket.write(text);
  let answer = '';
  while (!answer.includes(awaited)) {
    const [part] = (await Promise.race([
      once(socket, 'data'),
      once(socket, 'close').then(() => {
        throw new Error(`The connection ended after ${JSON.stringify(answer)}.`);
      }),
    ])) as [Buffer];
    answer += part.toString();
  }
}
