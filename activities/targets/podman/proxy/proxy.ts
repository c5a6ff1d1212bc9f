/** One host's HAProxy as deployments see it: which port of 127.0.0.1 a service's requests go to. */
import { heartbeat } from '@temporalio/activity';
import type { ProxySettings } from '../../../../contracts/config/host.ts';
import { isFree, waitUntilFree } from '../ports.ts';
import { createQueue } from '../serial-queue.ts';
import { until } from '../../poll-until.ts';

import { parseProxyConfig, renderProxyConfig, type ProxyConfig, type ReadConfig } from './config.ts';
import { createFiles } from './files.ts';
import { routeMap } from './lists.ts';
import { createPageOrders } from './page-orders.ts';
import type { OrderedPage } from './pages.ts';
import { preparePublic } from './prepare-public.ts';
import { reload } from './reload.ts';
import { assertRoutes, sameRoutes } from './route-owner.ts';
import { createRuntime, type Server } from './runtime.ts';
import { SLOTS, type Section, type Slot } from './section.ts';
import type { Shared } from './shared.ts';

/** A service's entrance for requests, and how they are handed on. */
export type Entrance = Pick<Section, 'id' | 'address' | 'port' | 'routes' | 'mode'>;

export type Proxy = ReturnType<typeof createProxy>;

/** The interval of a drain's looks. */
const DRAIN_POLL_MS = 50;

/**
 * The file is always written before the running proxy is changed: after a kill in between, a restarted proxy comes up
 * with a server that was proven healthy, and the next call continues from there.
 */
export function createProxy(host: ProxySettings) {
  const { configFile, adminSocket, masterSocket } = host;
  const runtime = createRuntime(adminSocket, masterSocket);
  const files = createFiles(configFile);
  // One change at a time: they share a file, and a reload forgets what another one was about to say.
  const alone = createQueue();

  const read = async (): Promise<ReadConfig> => parseProxyConfig(await files.text());
  // Ports for the web that could not be opened stay out of the file: HAProxy would not start again with them.
  const render = ({ open, ...config }: ReadConfig) => {
    const { public: _, ...rest } = host;
    return renderProxyConfig(config, { ...rest, ...(open && { public: open }) });
  };
  const write = (config: ReadConfig) => files.write(render(config));
  const mapOf = ({ sections, open }: ReadConfig): string => routeMap(configFile, sections, open?.landfall).path;
  /** With the ports for the web as the host's settings have them. */
  function opened(given: ReadConfig): ReadConfig {
    const { open: _, ...config } = given;
    return { ...config, ...(host.public && { open: host.public }) };
  }

  /**
   * A configuration that HAProxy refuses must not stay: the next reload, or a restart, would fail for all services.
   *
   * @param forWeb - it is about names: without the ports for the web it fails, and anything else leaves those as they are
   */
  async function apply(config: ReadConfig, { forWeb }: { readonly forWeb: boolean }): Promise<void> {
    const before = await files.text();
    const isReady = preparePublic(host.public, parseProxyConfig(before), runtime).then(
      () => true,
      (error: unknown) => {
        if (forWeb) throw error;
        return false;
      },
    );
    await write((await isReady) ? opened(config) : config);
    try {
      await reload(masterSocket, runtime);
    } catch (error) {
      await files.writeText(before);
      throw error;
    }
    await files.tidy();
  }

  /** The file says it, and so do the lists that the running proxy has read: a kill may have come between the two. */
  async function isInForce(config: ReadConfig): Promise<boolean> {
    const { text, lists } = render(opened(config));
    return text === (await files.text()) && (await runtime.hasLists(lists.map(({ path }) => path)));
  }

  const pages = createPageOrders({
    ...{ configFile, files, runtime },
    /** For a worker that an earlier Landfall has configured. */
    async reopen() {
      const config = await read();
      if (config.sections.some(({ mode }) => mode === 'http')) await apply(config, { forWeb: false });
    },
  });

  const section = async (id: string) => (await read()).sections.find((one) => one.id === id);

  /** A proxy that is away matters only to services that need it. */
  async function serversOf(id: string): Promise<readonly Server[] | undefined> {
    const known = await section(id);
    return runtime.servers(id).catch((error: unknown) => {
      if (known) throw error;
      return undefined;
    });
  }

  /** The file may be ahead of the running proxy (killed before a reload): then the port is still closed. */
  async function isOpen(
    { id, address, port, mode, routes = [] }: Entrance,
    config: ReadConfig,
    servers: readonly Server[] | undefined,
  ): Promise<boolean> {
    const found = config.sections.find((one) => one.id === id);
    const same = found?.mode === mode && sameRoutes(routes, found.routes ?? []);
    if (!same || servers === undefined) return false;
    if (routes.length > 0 && !(config.open && (await runtime.hasMap(mapOf(config))))) return false;
    return port === undefined ? found.port === undefined : holdsPort({ id, address, port }, config, servers);
  }

  async function holdsPort(
    { id, address, port }: Pick<Entrance, 'id' | 'address' | 'port'>,
    { sections }: ProxyConfig,
    servers: readonly Server[] | undefined,
  ): Promise<boolean> {
    const found = sections.find((one) => one.id === id);
    const isOwn = port !== undefined && found?.address === address && found.port === port;
    return isOwn && servers !== undefined && !(await isFree(address, port));
  }

  return {
    /** The section as the file has it. */
    section,

    /** Every section of the file. */
    sections: async (): Promise<readonly Section[]> => (await read()).sections,

    /** The ports that new requests reach now, by the running proxy. None: nothing serves. Two: in the middle of a switch. */
    async serving(id: string): Promise<readonly number[]> {
      return ((await serversOf(id)) ?? []).filter(({ ready }) => ready).map(({ port }) => port);
    },

    /**
     * True when the proxy already listens there for it: then a switch needs no reload, and no program has to leave the
     * port.
     */
    isOpen: async (entrance: Entrance): Promise<boolean> =>
      isOpen(entrance, await read(), await serversOf(entrance.id)),

    /** True when the proxy listens on its port for it, whichever names and mode it has. */
    holdsPort: async (entrance: Entrance): Promise<boolean> =>
      holdsPort(entrance, await read(), await serversOf(entrance.id)),

    /**
     * All new requests reach `port` when this resolves. Repeating it changes nothing.
     * @throws `PortTaken` when the entrance is new and its port is not free; `RouteTaken` when another service of the host
     * has one of its routes; `InvalidConfiguration` for routes on a host without ports for the web; `ProxyUnavailable`
     */
    route: (entrance: Entrance, port: number): Promise<void> =>
      alone(async () => {
        const config = await read();
        assertRoutes(host, entrance, config.sections);
        const others = config.sections.filter(({ id }) => id !== entrance.id);
        const found = config.sections.find(({ id }) => id === entrance.id);
        const servers = await runtime.servers(entrance.id);
        const changed = (section: Section): ReadConfig => ({ ...config, sections: [...others, section] });

        if (!found || !servers || !(await isOpen(entrance, config, servers))) {
          // A reload that cannot bind stops every service of this host for two seconds: look first.
          const held = servers && found?.address === entrance.address && found.port === entrance.port;
          if (!held && entrance.port !== undefined) await waitUntilFree(entrance.address, entrance.port);
          const forWeb = entrance.routes !== undefined;
          await apply(changed({ ...entrance, blue: port, green: null, active: 'blue' }), { forWeb });
          return;
        }
        const slot = chooseSlot(servers, port, found.active);
        await write(changed({ ...found, [slot]: port, active: slot }));
        await runtime.enable(entrance.id, slot, port);
        for (const other of servers) {
          if (other.slot !== slot && other.ready) await runtime.drain(entrance.id, other.slot);
        }
      }),

    /** See {@link PageOrders.set}. */
    setPage: (order: OrderedPage): Promise<void> => alone(() => pages.set(order)),

    /** The page that visitors of a section get now. */
    page: pages.shown,

    /** Takes the page away, and the memory of it. */
    forgetPage: (id: string): Promise<void> => alone(() => pages.forget(id)),

    /** Changes what the services have together, by a reload. What is not named stays; nothing new: no reload. */
    share: (change: Shared): Promise<void> =>
      alone(async () => {
        const config = await read();
        const wanted = { ...config, shared: { ...config.shared, ...change } };
        if (!(await isInForce(wanted))) await apply(wanted, { forWeb: true });
      }),

    /** Has HAProxy show the certificate that this file holds. Without a reload where it knows the file already. */
    certificate: (path: string, text: string): Promise<void> =>
      alone(async () => {
        if (!(await runtime.replaceCertificate(path, text))) await reload(masterSocket, runtime);
      }),

    /** Resolves when what was drained has finished, or was cut off after `patienceMs`. */
    async settle(id: string, patienceMs: number, signal: AbortSignal): Promise<void> {
      const draining = ((await runtime.servers(id)) ?? []).filter((server) => server.draining);
      for (const server of draining) {
        const idle = async () => {
          heartbeat();
          return (await runtime.sessions(id, server)) === 0 ? true : undefined;
        };
        await until(idle, { timeoutMs: patienceMs, everyMs: DRAIN_POLL_MS, signal });
        await runtime.disable(id, server);
      }
    },

    /** Closes the entrance. One that does not exist is success. */
    close: (id: string): Promise<void> =>
      alone(async () => {
        if (!(await section(id)) && !(await serversOf(id))) return;
        const config = await read();
        const sections = config.sections.filter((one) => one.id !== id);
        await apply({ ...config, sections }, { forWeb: false });
      }),

    /**
     * Brings a file of other limits, or of another version of Landfall, up to date by a reload. One that is as it has to
     * be, or holds no service, is left alone.
     */
    refresh: (): Promise<void> =>
      alone(async () => {
        const config = await read();
        if (config.sections.length === 0 && !host.public && !config.open) return;
        if (!(await isInForce(config))) await apply(config, { forWeb: true });
      }),
  };
}

/** Its own slot when it has one; else one that takes no requests; else (killed in mid-switch) not the file's choice. */
export function chooseSlot(servers: readonly Server[], port: number, active: Slot): Slot {
  const own = servers.find((server) => server.ready && server.port === port);
  const idle = servers.find(({ ready }) => !ready);
  return own?.slot ?? idle?.slot ?? SLOTS.find((slot) => slot !== active) ?? 'blue';
}
