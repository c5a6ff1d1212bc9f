/** Landfall itself: API, workers and embedded store in one process (workers/standalone.ts). */
import { fileURLToPath } from 'node:url';
import { errorText } from '../cli-error.ts';
import type { Tuning } from '../../infra/runtime-tuning/tuning.mjs';
import { startProcess, waitUntil } from '../../infra/dev/process.ts';
import type { Process } from '../../infra/dev/process.ts';

export interface LandfallOptions {
  /** Node's options. */
  readonly tuning: Tuning;
  /** Its environment variables; secrets travel here, never as arguments. */
  readonly env: Readonly<Record<string, string>>;
  /** Its address, `http://host:port`. */
  readonly listenUrl: string;
  readonly logFile: string;
  /** Called with its process id at once, long before it is ready. */
  readonly spawned?: (pid: number) => Promise<void>;
  /** Another version's `workers/standalone.ts`, for tests. By default our own. */
  readonly program?: string;
  /** Ends the wait for it, and it. */
  readonly signal?: AbortSignal;
}

const STANDALONE = fileURLToPath(new URL('../../workers/standalone.ts', import.meta.url));
/** One that fails ends by itself, with its reason. After an update all open workflows are rehearsed first, which has eight minutes. */
const READY_MS = 600_000;

/**
 * Starts it and resolves when it says of itself that it is ready.
 *
 * @throws Error with the last lines of its log when it does not come up.
 */
export async function startLandfall({
  tuning,
  env,
  listenUrl,
  logFile,
  spawned,
  program = STANDALONE,
  signal,
}: LandfallOptions): Promise<Process> {
  const landfall = await startProcess({
    command: process.execPath,
    args: [...tuning.args, program],
    env: { ...tuning.env, ...env },
    logFile,
  });
  await spawned?.(landfall.pid);
  // Once it has ended, so has the wait for it.
  const giveUp = () => void landfall.stop();
  signal?.addEventListener('abort', giveUp);
  let answered = 'It answered nothing.';
  const isReady = async (attempt: AbortSignal): Promise<boolean> => {
    const answer = await fetch(`${listenUrl}/readyz`, { signal: attempt });
    if (!answer.ok) answered = `It answered: ${await answer.text()}`;
    return answer.ok;
  };
  try {
    await waitUntil(landfall, isReady, { what: `be ready at ${listenUrl}`, timeoutMs: READY_MS });
  } catch (error) {
    throw new Error(`${errorText(error)}\n${answered}`, { cause: error });
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
  return landfall;
}
