/** The running worker's servers, read and moved by the Runtime API: no reload, no request lost. */
import { FailureType, failure } from '../../../../contracts/failures.ts';
import { until } from '../until.ts';
import { command } from './cli.ts';
import { SLOTS, proxyName, type Slot } from './config.ts';

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
export function createRuntime(adminSocket: string) {
  const order = async (line: string) => {
    const answer = await command(adminSocket, line);
    if (/^(No such|Unknown|Permission denied|Require|Invalid)/im.test(answer)) {
      throw failure(FailureType.ProxyUnavailable, `HAProxy answered "${line}" with: ${answer.slice(0, 300)}.`);
    }
  };
  const name = (id: string, slot: Slot) => `${proxyName(id)}/${slot}`;

  async function servers(id: string): Promise<readonly Server[] | undefined> {
    const answer = await command(adminSocket, `show servers state ${proxyName(id)}`);
    return parseServers(answer);
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

    /** How many requests (or connections, in tcp mode) it still works on. */
    async sessions(id: string, slot: Slot): Promise<number> {
      return parseSessions(await command(adminSocket, 'show stat'), proxyName(id), slot);
    },

    /** Ends what is left of its sessions and takes it out. */
    async disable(id: string, slot: Slot): Promise<void> {
      await order(`set server ${name(id, slot)} state maint`);
      await order(`shutdown sessions server ${name(id, slot)}`);
    },

    /** The running worker's process id. */
    async pid(): Promise<number> {
      return Number(/^Pid: (\d+)/m.exec(await command(adminSocket, 'show info'))?.[1]);
    },
  };
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
