/** The one file that spawns processes: no shell, no inherited environment, no process left behind. */
import { createInterface } from 'node:readline';
import { execa } from 'execa';

export interface ProcessCommand {
  /** A program's name, looked up in PATH, or its path. */
  readonly file: string;
  /** Never a secret: every user of the machine can read them. */
  readonly args: readonly string[];
  /** All that the program sees beside PATH, HOME and LANG. The place for a secret. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Its standard input; empty otherwise, never ours. */
  readonly input?: string | Uint8Array;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Called for every line while the program runs; a carriage return ends a line too. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** The most that either stream may say, in characters: 4 Mi by default. */
  readonly maxOutput?: number;
}

export interface ProcessResult {
  /** Any exit code is an answer, not an error: the caller knows what it means. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program gave no answer. The message names the program and its first argument, never its environment. */
export class CommandError extends Error {
  readonly reason: 'missing' | 'timeout' | 'output' | 'killed';

  constructor(reason: CommandError['reason'], message: string) {
    super(message);
    this.name = 'CommandError';
    this.reason = reason;
  }
}

/** From SIGTERM to SIGKILL. A cancelled build must be quiet within 5 s (requirements, B10). */
const GRACE_MS = 2_000;
/** From the program's end until its pipes are closed; what it wrote before is read in less. */
const DRAIN_MS = 500;
/** The limit for each stream, unless the caller allows more. A program with more output does not give us an answer. */
const MAX_OUTPUT_CHARACTERS = 4 * 1024 * 1024;
const INHERITED = ['PATH', 'HOME', 'LANG'] as const;

/**
 * Runs one program to its end, in a process group of its own. On abort and timeout the whole group gets SIGTERM, and
 * SIGKILL two seconds later; any process still in the group when the program has ended gets SIGKILL.
 *
 * @throws the signal's reason when aborted
 * @throws {@link CommandError} when the program is missing, takes too long, prints more than allowed, or is killed by
 * another program
 */
export async function run(command: ProcessCommand, options: RunOptions): Promise<ProcessResult> {
  const { signal, timeoutMs, onLine, maxOutput = MAX_OUTPUT_CHARACTERS } = options;
  signal.throwIfAborted();
  const { file, args, env, cwd, input } = command;
  const program = execa(file, args, {
    env: { ...inherited(), ...env },
    extendEnv: false,
    ...(cwd !== undefined && { cwd }),
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    cancelSignal: signal,
    timeout: timeoutMs,
    killDescendants: true,
    forceKillAfterDelay: GRACE_MS,
    maxBuffer: maxOutput,
    stripFinalNewline: false,
    reject: false,
  });
  if (onLine) {
    createInterface({ input: program.stdout }).on('line', (line) => onLine(line, 'stdout'));
    createInterface({ input: program.stderr }).on('line', (line) => onLine(line, 'stderr'));
  }
  // A descendant that left the group (setsid) may still hold the pipes; execa would wait for it.
  program.nodeChildProcess.once('exit', () =>
    setTimeout(() => {
      program.stdout.destroy();
      program.stderr.destroy();
    }, DRAIN_MS).unref(),
  );
  const result = await program;
  program.kill('SIGKILL');
  signal.throwIfAborted();

  const name = [file, ...args.slice(0, 1)].join(' ');
  if (result.timedOut) throw new CommandError('timeout', `"${name}" did not end within ${timeoutMs / 1_000} s`);
  if (result.isMaxBuffer) {
    throw new CommandError('output', `"${name}" printed more than ${maxOutput} characters`);
  }
  if (result.code === 'ENOENT') {
    throw new CommandError('missing', `"${file}" was not found, or its working folder ${cwd ?? '.'} was not`);
  }
  if (result.exitCode === undefined) {
    throw new CommandError('killed', `"${name}" did not end by itself: ${result.signal ?? result.code ?? 'unknown'}`);
  }
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
}

function inherited(): Record<string, string> {
  return Object.fromEntries(
    INHERITED.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
