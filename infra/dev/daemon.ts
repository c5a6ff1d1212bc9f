/**
 * Programs that carry traffic: they go on when the process that started them ends, in any way, and the next one finds
 * and adopts them. One is replaced only when it would be started from something else today.
 */
import { createHash } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Identity } from './identity.ts';
import { findRunning, isAlive, isRunning } from './identity.ts';
import type { Tool } from './locate.ts';
import type { Process } from './process.ts';

/** A process and what it was started from, by {@link fingerprint}. */
export interface Made extends Identity {
  readonly made: string;
}

/** The caller's memory from one start to the next. A lost memory costs a needless replacement, nothing else. */
export interface Memory {
  readonly former: () => Made | undefined;
  /** Called with each new process as soon as it exists, long before it is ready. */
  readonly remember: (pid: number, made: string) => Promise<void>;
}

export interface Daemon {
  readonly pid: number;
  /** Ends it, as {@link endProcess} does. */
  readonly stop: () => Promise<void>;
  /** True when it ran before this start. */
  readonly adopted: boolean;
  /** Lets our own process end. */
  readonly release: () => void;
}

export interface Program {
  readonly tool: Tool;
  /** The file in its command line by which it is found again. */
  readonly file: string;
  readonly made: string;
  /** True when this process answers as itself; a name alone could match any program. Throwing means no. */
  readonly answers: (pid: number, signal: AbortSignal) => Promise<boolean>;
  /** Starts it and resolves when it answers; `spawned` is called in between. */
  readonly start: (spawned: (pid: number) => Promise<void>) => Promise<Process>;
  /** Like `start`, but replaces a running one that answers. The former finishes what it has begun. */
  readonly replace: (former: number, spawned: (pid: number) => Promise<void>) => Promise<Process>;
}

const ATTEMPT_MS = 2_000;
/** One that was just being started when its starter was killed is ready by then. */
const ANSWER_MS = 4_000;
const BETWEEN_LOOKS_MS = 50;
const END_MS = 10_000;
/** One that hangs has nothing to finish. */
const END_HUNG_MS = 1_000;

/** @throws the error of starting or replacing it; the former process goes on then */
export async function adoptOrStart(program: Program, { former, remember }: Memory): Promise<Daemon> {
  const spawned = (pid: number) => remember(pid, program.made);
  const found = await findRunning(program.tool, program.file);
  const running = found.length > 0 ? await whichAnswers(found, program) : undefined;
  if (running === undefined) {
    // It hangs, and holds what the new one needs.
    for (const pid of found) await endProcess(pid, END_HUNG_MS);
    return begun(await program.start(spawned));
  }
  const known = former();
  if (known?.pid === running && known.made === program.made && (await isRunning(known))) {
    return { pid: running, adopted: true, stop: () => endProcess(running), release: () => undefined };
  }
  return { ...begun(await program.replace(running, spawned)), adopted: true };
}

const begun = ({ pid, stop, release }: Process): Daemon => ({ pid, adopted: false, stop: () => stop(), release });

async function whichAnswers(pids: readonly number[], { answers }: Program): Promise<number | undefined> {
  const deadline = performance.now() + ANSWER_MS;
  while (performance.now() < deadline) {
    for (const pid of pids) {
      if (await answers(pid, AbortSignal.timeout(ATTEMPT_MS)).catch(() => false)) return pid;
    }
    await delay(BETWEEN_LOOKS_MS);
  }
  return undefined;
}

/** Identifies what a program was started from: its file, by name, size and time, and its configuration. */
export function fingerprint(command: string, ...configuration: readonly string[]): string {
  const path = realpathSync(command);
  const { size, mtimeMs } = statSync(path);
  return createHash('sha256')
    .update(JSON.stringify([path, size, mtimeMs, ...configuration]))
    .digest('hex');
}

/** Asks the leader of a process group to end, and ends the whole group after its patience. Resolves when it is gone. */
export async function endProcess(pid: number, patienceMs = END_MS, asking: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  signal(pid, asking);
  const deadline = performance.now() + patienceMs;
  while (isAlive(pid) && performance.now() < deadline) await delay(BETWEEN_LOOKS_MS);
  signal(-pid, 'SIGKILL');
  while (isAlive(pid)) await delay(BETWEEN_LOOKS_MS);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
