/** Switches of a service on the ports for the web under load, with renewed certificates in between. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createProxy } from '../../activities/targets/podman/proxy/proxy.ts';
import { freePort } from '../../infra/dev/process.ts';
import { startProxy } from '../../infra/dev/proxy.ts';
import { selfSigned } from './self-signed.ts';
import { openChat, startVisitors } from './visitors.ts';
import { startVersion } from './web-version.ts';

export interface SwitchLoad {
  /** An empty folder with a short path. */
  readonly dir: string;
  readonly switches: number;
  /** After so many switches each, the service's certificate is renewed, and a name gets its own, which is a reload. */
  readonly renewEvery: number;
  /** Clients of each kind. */
  readonly visitors: number;
  /** WebSockets that stay open all the time, to a service that is not switched. */
  readonly chats: number;
}

export interface SwitchLoadResult {
  readonly requests: number;
  readonly failed: readonly string[];
  /** WebSockets that were cut: those that stay, and those that end within their drain. */
  readonly cut: number;
  readonly renewals: number;
}

const SHOP = 'shop.example.com';
const CHAT = 'chat.example.com';
const ID = 'shop.web.production';
/** Nobody leaves earlier than the load lets them, so a drain that is cut off is a fault. */
const DRAIN_MS = 120_000;

export async function switchUnderLoad(load: SwitchLoad): Promise<SwitchLoadResult> {
  const { stop, configFile, adminSocket, masterSocket } = await startProxy({ dir: load.dir });
  const web = { address: '127.0.0.1', httpPort: await freePort(), httpsPort: await freePort() };
  const certificates = join(load.dir, 'tls');
  const proxy = createProxy({ configFile, adminSocket, masterSocket, public: { ...web, certificates } });
  const certificate = join(certificates, 'served', `${SHOP}.pem`);
  async function renew(): Promise<void> {
    const { both } = await selfSigned(SHOP);
    writeFileSync(certificate, both, { mode: 0o600 });
    await proxy.certificate(certificate, both);
  }
  const [versions, chat] = [
    [await startVersion('one'), await startVersion('two')] as const,
    await startVersion('chat'),
  ] as const;
  const entrance = (id: string, host: string) => ({
    ...{ id, address: '127.0.0.1', mode: 'http' as const },
    routes: [{ host, path: '/' }],
  });
  const settle = (patienceMs: number) =>
    new MockActivityEnvironment().run(() => proxy.settle(ID, patienceMs, new AbortController().signal));
  const site = { port: web.httpsPort, host: SHOP };
  try {
    await proxy.route(entrance('shop.chat.production', CHAT), chat.port);
    await proxy.route(entrance(ID, SHOP), versions[0].port);
    await renew();
    const chats = await Promise.all(
      Array.from({ length: load.chats }, () => openChat({ port: web.httpsPort, host: CHAT })),
    );
    const visitors = startVisitors(site, load.visitors);
    let cut = 0;
    let renewals = 0;
    for (let count = 1; count <= load.switches; count += 1) {
      const before = await openChat(site);
      await proxy.route(entrance(ID, SHOP), versions[count % 2 === 0 ? 0 : 1].port);
      if ((await before.says('still there?')) === 'cut') cut += 1;
      const closed = before.close();
      await settle(DRAIN_MS);
      await closed;
      if (count % load.renewEvery === 0) {
        renewals += 1;
        await renew();
        await proxy.share({ secured: renewals % 2 === 0 ? [SHOP] : [SHOP, CHAT] });
      }
    }
    for (const one of chats) if ((await one.says('still there?')) === 'cut') cut += 1;
    const { requests, failed } = await visitors.stop();
    await Promise.all(chats.map(({ close }) => close()));
    return { requests, failed, cut, renewals };
  } finally {
    for (const one of [...versions, chat]) one.stop();
    await stop();
  }
}
