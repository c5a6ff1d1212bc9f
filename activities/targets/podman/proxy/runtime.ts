/** The running worker's servers, read and moved by the Runtime API: no reload, no request lost. */
import { FailureType, failure } from '../../../../contracts/core/failures.ts';
import { until } from '../../poll-until.ts';
import { sendCommand } from './cli.ts';
import { proxyName } from './proxy-name.ts';
import { SLOTS, type Slot } from './section.ts';

export interface Server {
  readonly slot: Slot;
  readonly port: number;
  /** New requests reach it. */
  readonly ready: boolean;
  /** No new ones; it finishes those that it has. */
  readonly draining: boolean;
}

/** Columns of `show servers state` (management guide). */
const COLUMN = { name: 3, operational: 5, administrative: 6, port: 18 } as const;
/** Bits of srv_admin_state: forced and inherited maintenance, forced and inherited drain, unresolved name. */
const KEPT_AWAY = 0x01 | 0x02 | 0x08 | 0x10 | 0x20;
const DRAIN = 0x08;
const RUNNING = 2;
/** Set and read back in the same process. */
const SETTLE_MS = 5_000;

export type Runtime = ReturnType<typeof createRuntime>;

/** Every call throws `ProxyUnavailable` when the proxy does not answer, or refuses. */
export function createRuntime(adminSocket: string, masterSocket: string) {
  const order = async (line: string) => {
    const answer = await sendCommand(adminSocket, line);
    if (/^(No such|Unknown|Permission denied|Require|Invalid)/im.test(answer)) {
      throw failure(FailureType.ProxyUnavailable, `HAProxy answered "${line}" with: ${answer.slice(0, 300)}.`);
    }
  };
  const name = (id: string, slot: Slot) => `${proxyName(id)}/${slot}`;

  async function servers(id: string): Promise<readonly Server[] | undefined> {
    const answer = await sendCommand(adminSocket, `show servers state ${proxyName(id)}`);
    return parseServers(answer);
  }

  /**
   * Former workers, from before a reload, that still have connections, by way of the master ("@!<pid>"). Their slots
   * mean the servers of that time, so a server is known by its port. A worker that has just ended answers nothing.
   */
  async function former(id: string, port: number) {
    const found: { readonly slot: Slot; readonly answer: (line: string) => Promise<string> }[] = [];
    for (const pid of parseFormer(await sendCommand(masterSocket, 'show proc'))) {
      const answer = (line: string) => sendCommand(masterSocket, `@!${pid} ${line}`).catch(() => '');
      const known = parseServers(await answer(`show servers state ${proxyName(id)}`)) ?? [];
      found.push(...known.filter((server) => server.port === port).map(({ slot }) => ({ slot, answer })));
    }
    return found;
  }

  return {
    /** `undefined` when the running worker does not know the section. */
    servers,

    /** The slot gets this port of 127.0.0.1 and takes new requests. */
    async enable(id: string, slot: Slot, port: number): Promise<void> {
      const server = name(id, slot);
      await order(`set server ${server} addr 127.0.0.1 port ${port}`);
      await order(`set server ${server} state ready`);
      const ready = async () => (await servers(id))?.find((one) => one.slot === slot && one.ready && one.port === port);
      if (!(await until(ready, { timeoutMs: SETTLE_MS }))) {
        throw failure(FailureType.ProxyUnavailable, `HAProxy did not bring ${server} up. Look at its log.`);
      }
    },

    async drain(id: string, slot: Slot): Promise<void> {
      await order(`set server ${name(id, slot)} state drain`);
    },

    /** The number of requests (or connections, in tcp mode) in progress, former workers' included. */
    async sessions(id: string, { slot, port }: Pick<Server, 'slot' | 'port'>): Promise<number> {
      const here = parseSessions(await sendCommand(adminSocket, 'show stat'), proxyName(id), slot);
      const before = (await former(id, port)).map(async (worker) =>
        parseSessions(await worker.answer('show stat'), proxyName(id), worker.slot),
      );
      return (await Promise.all(before)).reduce((sum, sessions) => sum + sessions, here);
    },

    /** Ends what is left of its sessions and takes it out. */
    async disable(id: string, { slot, port }: Pick<Server, 'slot' | 'port'>): Promise<void> {
      await order(`set server ${name(id, slot)} state maint`);
      await order(`shutdown sessions server ${name(id, slot)}`);
      for (const worker of await former(id, port)) {
        // Its servers take no orders any more, single sessions do.
        const sessions = parseSessionIds(await worker.answer('show sess'), proxyName(id), worker.slot);
        for (const session of sessions) await worker.answer(`shutdown session ${session}`);
      }
    },

    /** True when the running worker has read the map of this path. */
    hasMap: async (path: string): Promise<boolean> =>
      (await sendCommand(adminSocket, 'show map')).includes(` (${path}) `),

    /** The same of several, be they maps or lists of names. */
    async hasLists(paths: readonly string[]): Promise<boolean> {
      if (paths.length === 0) return true;
      const known = `${await sendCommand(adminSocket, 'show map')}\n${await sendCommand(adminSocket, 'show acl')}`;
      return paths.every((path) => known.includes(` (${path}) `));
    },

    /**
     * Has the running worker take these entries in place of all that a map has, at once (management guide, "prepare map").
     *
     * @param path - as HAProxy has read it
     */
    async replaceMap(path: string, entries: readonly (readonly [key: string, value: string])[]): Promise<void> {
      const prepared = await sendCommand(adminSocket, `prepare map ${path}`);
      const version = /^New version created: (\d+)$/m.exec(prepared)?.[1];
      const refuse = (answer: string) =>
        failure(FailureType.ProxyUnavailable, `HAProxy did not take the map ${path}: ${answer.slice(0, 300)}`);
      if (version === undefined) throw refuse(prepared);
      for (const [key, value] of entries) {
        const answer = await sendCommand(adminSocket, `add map @${version} ${path}`, `${key} ${value}`);
        if (answer !== '') throw refuse(answer);
      }
      const answer = await sendCommand(adminSocket, `commit map @${version} ${path}`);
      if (answer !== '') throw refuse(answer);
    },

    async hasFrontend(frontend: string): Promise<boolean> {
      return `\n${await sendCommand(adminSocket, 'show stat')}`.includes(`\n${frontend},FRONTEND,`);
    },

    /**
     * Has the running worker show another certificate from now on: connections go on, and no reload (management guide,
     * "set ssl cert").
     *
     * @param path - as HAProxy has read it
     * @returns `false` when it knows no such file, or does not take it
     */
    async replaceCertificate(path: string, text: string): Promise<boolean> {
      await sendCommand(adminSocket, `set ssl cert ${path}`, text.replaceAll(/\n{2,}/g, '\n'));
      const answer = await sendCommand(adminSocket, `commit ssl cert ${path}`);
      if (answer.includes('Success')) return true;
      await sendCommand(adminSocket, `abort ssl cert ${path}`);
      return false;
    },

    /** The running worker's process id. */
    async pid(): Promise<number> {
      return Number(/^Pid: (\d+)/m.exec(await sendCommand(adminSocket, 'show info'))?.[1]);
    },
  };
}

/** The workers that `show proc` lists as old. */
export function parseFormer(text: string): readonly number[] {
  const [, old = ''] = text.split(/^# old workers$/m);
  return [...old.matchAll(/^(\d+)\s+worker\s/gm)].map(([, pid]) => Number(pid));
}

/** `undefined`: "Can't find backend." */
export function parseServers(answer: string): readonly Server[] | undefined {
  if (/can't find backend/i.test(answer)) return undefined;
  return answer.split('\n').flatMap((line): Server[] => {
    const fields = line.split(' ');
    const slot = SLOTS.find((one) => one === fields[COLUMN.name]);
    if (line.startsWith('#') || !slot) return [];
    const administrative = Number(fields[COLUMN.administrative]);
    return [
      {
        slot,
        port: Number(fields[COLUMN.port]),
        ready: Number(fields[COLUMN.operational]) === RUNNING && (administrative & KEPT_AWAY) === 0,
        draining: (administrative & DRAIN) !== 0,
      },
    ];
  });
}

/** `scur` of one server in `show stat`'s CSV. */
export function parseSessions(csv: string, backend: string, slot: Slot): number {
  const line = csv.split('\n').find((row) => row.startsWith(`${backend},${slot},`));
  return Number(line?.split(',')[4] ?? 0);
}

/** The sessions of one server in `show sess`, whose lines begin with a session's id. */
export function parseSessionIds(text: string, backend: string, slot: Slot): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [, id, be, srv] = /^(0x[0-9a-f]+): .* be=(\S+) srv=(\S+) /.exec(line) ?? [];
    return id !== undefined && be === backend && srv === slot ? [id] : [];
  });
}
