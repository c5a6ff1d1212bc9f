/** One host's HAProxy as deployments see it: which port of 127.0.0.1 a service's requests go to. */
import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { heartbeat } from '@temporalio/activity';
import type { ProxySettings } from '../../../../contracts/config/host.ts';
import { isFree, waitUntilFree } from '../ports.ts';
import { createQueue } from '../serial-queue.ts';
import { until } from '../poll-until.ts';

import { SLOTS, parseProxyConfig, renderProxyConfig, type Section, type Slot } from './config.ts';
import { reload } from './reload.ts';
import { createRuntime, type Server } from './runtime.ts';

/** A service's entrance for requests, and how they are handed on. */
export type Entrance = Pick<Section, 'id' | 'address' | 'port' | 'mode'>;

export type Proxy = ReturnType<typeof createProxy>;

/** The interval of a drain's looks. */
const DRAIN_POLL_MS = 50;

/**
 * The file is always written before the running proxy is changed: after a kill in between, a restarted proxy comes up
 * with a server that was proven healthy, and the next call continues from there.
 */
export function createProxy({ configFile, adminSocket, masterSocket, ...limits }: ProxySettings) {
  const runtime = createRuntime(adminSocket, masterSocket);
  // One change at a time: they share a file, and a reload forgets what another one was about to say.
  const alone = createQueue();

  const readText = () => readFile(configFile, 'utf8').catch(ifAbsent);
  const read = async (): Promise<readonly Section[]> => parseProxyConfig(await readText());

  async function writeText(text: string): Promise<void> {
    const draft = `${configFile}.${randomUUID()}`;
    await writeFile(draft, text, { mode: 0o600 });
    await rename(draft, configFile);
  }

  const write = (sections: readonly Section[]) => writeText(renderProxyConfig(sections, limits));

  /** A configuration that HAProxy refuses must not stay: the next reload, or a restart, would fail for all services. */
  async function apply(sections: readonly Section[]): Promise<void> {
    const before = await readText();
    await write(sections);
    try {
      await reload(masterSocket, runtime);
    } catch (error) {
      await writeText(before);
      throw error;
    }
  }

  const section = async (id: string) => (await read()).find((one) => one.id === id);

  /** A proxy that is away matters only to services that need it. */
  async function serversOf(id: string): Promise<readonly Server[] | undefined> {
    const known = await section(id);
    return runtime.servers(id).catch((error: unknown) => {
      if (known) throw error;
      return undefined;
    });
  }

  return {
    /** The section as the file has it. */
    section,

    /** Every section of the file. */
    sections: read,

    /** The ports that new requests reach now, by the running proxy. None: nothing serves. Two: in the middle of a switch. */
    async serving(id: string): Promise<readonly number[]> {
      return ((await serversOf(id)) ?? []).filter(({ ready }) => ready).map(({ port }) => port);
    },

    /**
     * True when the proxy already listens there for it: then a switch needs no reload, and no program has to leave the
     * port.
     */
    isOpen: async (entrance: Entrance): Promise<boolean> =>
      isOpen(entrance, await section(entrance.id), await serversOf(entrance.id)),

    /**
     * All new requests reach `port` when this resolves. Repeating it changes nothing.
     * @throws `PortTaken` when the entrance is new and its port is not free; `ProxyUnavailable`
     */
    route: (entrance: Entrance, port: number): Promise<void> =>
      alone(async () => {
        const sections = await read();
        const others = sections.filter(({ id }) => id !== entrance.id);
        const found = sections.find(({ id }) => id === entrance.id);
        const servers = await runtime.servers(entrance.id);

        if (!found || !servers || !(await isOpen(entrance, found, servers))) {
          // A reload that cannot bind stops every service of this host for two seconds: look first.
          const held = servers && found?.address === entrance.address && found.port === entrance.port;
          if (!held) await waitUntilFree(entrance.address, entrance.port);
          await apply([...others, { ...entrance, blue: port, green: null, active: 'blue' }]);
          return;
        }
        const slot = chooseSlot(servers, port, found.active);
        await write([...others, { ...found, [slot]: port, active: slot }]);
        await runtime.enable(entrance.id, slot, port);
        for (const other of servers) {
          if (other.slot !== slot && other.ready) await runtime.drain(entrance.id, other.slot);
        }
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
        await apply((await read()).filter((one) => one.id !== id));
      }),

    /**
     * Brings a file of other limits, or of another version of Landfall, up to date by a reload. One that is as it has to
     * be, or holds no service, is left alone.
     */
    refresh: (): Promise<void> =>
      alone(async () => {
        const sections = await read();
        if (sections.length > 0 && (await readText()) !== renderProxyConfig(sections, limits)) await apply(sections);
      }),
  };
}

/** Its own slot when it has one; else one that takes no requests; else (killed in mid-switch) not the file's choice. */
export function chooseSlot(servers: readonly Server[], port: number, active: Slot): Slot {
  const own = servers.find((server) => server.ready && server.port === port);
  const idle = servers.find(({ ready }) => !ready);
  return own?.slot ?? idle?.slot ?? SLOTS.find((slot) => slot !== active) ?? 'blue';
}

/** The file may be ahead of the running proxy (killed before a reload): then the port is still closed. */
async function isOpen(entrance: Entrance, found: Section | undefined, servers: readonly Server[] | undefined) {
  const { address, port, mode } = entrance;
  const same = found?.address === address && found.port === port && found.mode === mode;
  return same && servers !== undefined && !(await isFree(address, port));
}

function ifAbsent(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
  throw error;
}
