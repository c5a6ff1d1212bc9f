/** Starting the parts of `landfall up` again when they die. */
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from '../../infra/dev/identity.ts';
import { CliError, errorText } from '../cli-error.ts';

/** One process of ours: what infra/dev/ starts, and Landfall itself. */
export interface Part {
  readonly pid: number;
  stop(): Promise<void>;
  /** Only of a part that carries traffic. */
  readonly lasting?: {
    /** Lets our process end while it goes on. */
    release(): void;
    /** True when something depends on it even though the start of the others failed. */
    isNeeded(): boolean;
  };
}

export interface KeepOptions {
  /** Called when the part has died, and when it runs again. */
  readonly tell: (line: string) => void;
  /** Called with each new process id, the first included. */
  readonly started: (pid: number) => Promise<void>;
}

export interface Kept {
  readonly pid: () => number;
  /** Rejects when the part would not stay up; never resolves otherwise. */
  readonly lost: Promise<never>;
  stop(): Promise<void>;
  /**
   * Stops watching. A part that carries traffic goes on by itself, the others are stopped.
   *
   * @param unfinished - the start failed: then what has come to be needed already goes on, only
   */
  leave(unfinished: boolean): Promise<void>;
}

const LOOK_EVERY_MS = 200;
/** A part that ran this long had started well: its next death is a first one. */
const SETTLED_MS = 60_000;
/** With the waits between them about four minutes: longer than a slow disk or a full one being cleared needs. */
const MAX_DEATHS_IN_A_ROW = 12;
const MAX_WAIT_MS = 30_000;

/**
 * Starts a part and keeps it running until it is stopped: the wait before a restart doubles from one second to thirty.
 *
 * @throws the error of the first `start`: a part that never ran has a reason that a person must mend.
 */
export async function keepRunning(name: string, start: () => Promise<Part>, options: KeepOptions): Promise<Kept> {
  const ending = new AbortController();
  let part = await start();
  await options.started(part.pid);

  /** Tries until it runs. @returns how many deaths and failed starts in a row there have been. */
  const startAgain = async (deathsBefore: number): Promise<number> => {
    for (let deaths = deathsBefore; ; deaths += 1) {
      if (deaths > MAX_DEATHS_IN_A_ROW) throw tooOften(name);
      await delay(Math.min(1_000 * 2 ** (deaths - 1), MAX_WAIT_MS), undefined, { signal: ending.signal });
      try {
        part = await start();
        return deaths;
      } catch (error) {
        options.tell(`${name} did not start: ${errorText(error)}`);
      }
    }
  };
  const watch = async (): Promise<void> => {
    let startedAt = performance.now();
    let deaths = 0;
    for (;;) {
      await delay(LOOK_EVERY_MS, undefined, { signal: ending.signal });
      if (isAlive(part.pid)) continue;
      // Ends what the dead process left behind in its group.
      await part.stop();
      options.tell(`${name} (process ${String(part.pid)}) has died; it is started again`);
      deaths = await startAgain(performance.now() - startedAt > SETTLED_MS ? 1 : deaths + 1);
      startedAt = performance.now();
      await options.started(part.pid);
      options.tell(`${name} runs again (process ${String(part.pid)})`);
    }
  };

  const watching = watch().catch((error: unknown) => {
    if (!ending.signal.aborted) throw error;
  });
  const lost = watching.then(() => new Promise<never>(() => undefined));
  // The part may be lost before a caller waits for that; a later caller still sees it.
  lost.catch(() => undefined);
  const endWatch = async (): Promise<void> => {
    ending.abort();
    // A restart that is under way is waited for, so that nothing is started after we have stopped.
    await watching.catch(() => undefined);
  };
  return {
    pid: () => part.pid,
    lost,
    stop: async () => {
      await endWatch();
      await part.stop();
    },
    leave: async (unfinished) => {
      await endWatch();
      if (part.lasting && (!unfinished || part.lasting.isNeeded())) part.lasting.release();
      else await part.stop();
    },
  };
}

const tooOften = (name: string) =>
  new CliError(
    `Keep ${name} running`,
    `it died or failed to start ${String(MAX_DEATHS_IN_A_ROW)} times in a row`,
    'Its log in the data folder says why; `landfall doctor` checks the machine.',
  );
