import { join } from 'node:path';
import { renderProxyConfig } from '../../activities/targets/podman/proxy/config.ts';
import { createFiles } from '../../activities/targets/podman/proxy/files.ts';
import { createProxy, type Entrance } from '../../activities/targets/podman/proxy/proxy.ts';
import type { ProxySettings } from '../../contracts/config/host.ts';
import { freePort } from '../../infra/dev/process.ts';
import { startProxy } from '../../infra/dev/proxy.ts';
import { switchUnderLoad } from '../support/switch-load.ts';
import { median, type Bench, type Measurement } from './bench.ts';

const LOAD = { switches: 100, renewEvery: 5, visitors: 3, chats: 6 } as const;
const ROUTES = 200;
const TIMES = 11;
/** Nothing is sent there. */
const SOMEWHERE = 9;

export const proxy: Bench = {
  name: 'proxy',
  about: `${LOAD.switches} switches behind names with TLS under load, and changes among ${ROUTES} names, on HAProxy alone`,
  async run(dir, say) {
    const { requests, failed, cut, renewals } = await switchUnderLoad({ dir: join(dir, 'l'), ...LOAD });
    say(
      `${requests} requests (HTTP/1.1, HTTP/2, uploads), ${LOAD.switches + LOAD.chats} WebSockets, ${renewals} renewals and reloads`,
    );
    for (const one of failed.slice(0, 5)) say(one);
    const about = { goal: 0, better: 'lower' } as const;
    return [
      { name: 'proxy: failed requests over 100 switches', value: failed.length, unit: 'requests', ...about },
      { name: 'proxy: WebSockets cut before their drain ended', value: cut, unit: 'sockets', ...about },
      ...(await amongMany(join(dir, 'm'))),
    ];
  },
};

const entrance = (service: string): Entrance => ({
  ...{ id: `shop.${service}.production`, address: '127.0.0.1', mode: 'http' },
  routes: [{ host: `${service}.example.com`, path: '/' }],
});

/** The times of a switch and of a new name, where there are many names already. */
async function amongMany(dir: string): Promise<readonly Measurement[]> {
  const { stop, configFile, adminSocket, masterSocket } = await startProxy({ dir });
  try {
    const web = { address: '127.0.0.1', httpPort: await freePort(), httpsPort: await freePort() };
    const host: ProxySettings = {
      ...{ configFile, adminSocket, masterSocket },
      public: { ...web, certificates: join(dir, 'tls') },
    };
    const behind = createProxy(host);
    const sections = Array.from({ length: ROUTES }, (_, number) => ({
      ...entrance(`s${number}`),
      ...{ blue: SOMEWHERE, green: null, active: 'blue' as const },
    }));
    await createFiles(configFile).write(renderProxyConfig({ sections, shared: {} }, host));
    await behind.refresh();
    const [switches, names]: [number[], number[]] = [[], []];
    for (let count = 0; count < TIMES; count += 1) {
      switches.push(await took(() => behind.route(entrance('s7'), SOMEWHERE + 1 + (count % 2))));
      names.push(await took(() => behind.route(entrance(`new${count}`), SOMEWHERE)));
    }
    const about = { unit: 'ms', goal: null, better: 'lower' } as const;
    return [
      { name: `a switch among ${ROUTES} names`, value: median(switches), ...about },
      { name: `a new name among ${ROUTES}, by a reload`, value: median(names), ...about },
    ];
  } finally {
    await stop();
  }
}

async function took(act: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await act();
  return performance.now() - begun;
}
