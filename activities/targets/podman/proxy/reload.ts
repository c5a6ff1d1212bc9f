/** A seamless reload by the master's command line (management guide, "Master CLI"). */
import { FailureType, failure } from '../../../../contracts/core/failures.ts';
import { until } from '../../poll-until.ts';
import { sendCommand } from './cli.ts';
import type { Runtime } from './runtime.ts';

/** 150 ms on a quiet machine; a refused one takes 2 s. */
const RELOAD_MS = 20_000;

interface Processes {
  readonly reloads: number;
  readonly failed: number;
  /** The workers of the current configuration; those of before are listed as old. */
  readonly worker: number;
}

/**
 * Has HAProxy read its configuration again, and resolves when the new worker answers.
 *
 * @throws `ProxyUnavailable` when HAProxy refuses the configuration (what ran goes on) or does not answer
 */
export async function reload(masterSocket: string, runtime: Runtime): Promise<void> {
  const before = parseProcesses(await sendCommand(masterSocket, 'show proc'));
  // 2.7 and newer answer with the outcome, older ones by closing the connection, or cutting it: the counters say it in each
  // case. To give up here would put the former file back while HAProxy may have read the new one.
  await sendCommand(masterSocket, 'reload').catch(() => undefined);

  const after = await until(
    async () => {
      // The master is away while it starts again: it refuses connections, or closes them without an answer.
      const now = await sendCommand(masterSocket, 'show proc')
        .then(parseProcesses)
        .catch(() => undefined);
      return now && now.reloads > before.reloads ? now : undefined;
    },
    { timeoutMs: RELOAD_MS },
  );
  if (!after) throw unfinished(`its master did not come back within ${RELOAD_MS} ms`);
  if (after.failed > 0) throw unfinished('it refused the configuration; the one of before stays in force');

  const answers = async () => ((await runtime.pid().catch(() => undefined)) === after.worker ? true : undefined);
  if (!(await until(answers, { timeoutMs: RELOAD_MS }))) throw unfinished('its new worker does not answer');
}

const unfinished = (why: string) =>
  failure(FailureType.ProxyUnavailable, `Reloading HAProxy failed: ${why}. Its log says more.`);

/** Reads `show proc`: `<pid> master <reloads> [failed: n] …`, then the workers, newest first. */
export function parseProcesses(text: string): Processes {
  const master = /^\d+\s+master\s+(\d+)(?:\s+\[failed: (\d+)\])?/m.exec(text);
  const worker = /^(\d+)\s+worker\s/m.exec(text);
  if (!master) throw unfinished(`"show proc" answered ${JSON.stringify(text.slice(0, 200))}`);
  return { reloads: Number(master[1]), failed: Number(master[2] ?? 0), worker: Number(worker?.[1]) };
}
