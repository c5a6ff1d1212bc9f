/** Long-running programs beside us: started in their own process group, logged to a file, stopped without remains. */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Added to PATH, HOME and the like; nothing else of our environment is handed on. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Standard output and error are appended here. */
  readonly logFile: string;
  /** One of our open files, which the program has as number 3. */
  readonly socket?: number;
  /** The user it runs as; ours by default. Only root can give another. */
  readonly account?: { readonly uid: number; readonly gid: number };
  /** It goes on when we end, however that is; {@link Process.release} lets us end first. */
  readonly outlivesUs?: boolean;
}

export interface Process {
  readonly pid: number;
  readonly logFile: string;
  /** Settles with the exit code, or null when a signal ended it. Never rejects. */
  readonly exited: Promise<number | null>;
  /** Asks it to end, insists after ten seconds, and resolves when it is gone and its process group was killed. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
  /** Ends it and its process group at once, as a crash would. */
  readonly kill: () => Promise<void>;
  /** Waits for it no longer: our own process may end. */
  readonly release: () => void;
}

const INHERITED = ['PATH', 'HOME', 'LANG', 'USER', 'TMPDIR', 'XDG_RUNTIME_DIR'];
/** A program that has not ended by then has hung; Temporal and HAProxy need less than two seconds. */
const STOP_MS = 10_000;
const ATTEMPT_MS = 2_000;
const BETWEEN_ATTEMPTS_MS = 25;
const running = new Set<number>();
let hooked = false;

/**
 * Starts a program and resolves once the system has accepted it, which says nothing about its health:
 * see {@link waitUntil}.
 *
 * @throws Error when the program cannot be executed.
 */
export async function startProcess(options: ProcessOptions): Promise<Process> {
  const { command, args, env = {}, cwd, logFile, socket, account, outlivesUs = false } = options;
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a', 0o600);
  // Its own group: Ctrl-C in our terminal reaches only us, and we can end it together with its children.
  const child = spawn(command, args, {
    env: { ...inherited(), ...env },
    cwd,
    ...(account && { uid: account.uid, gid: account.gid }),
    detached: true,
    stdio: ['ignore', log, log, ...(socket === undefined ? [] : [socket])],
  });
  closeSync(log);
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => {
      reject(new Error(`${command} could not be started: ${error.message}.`, { cause: error }));
    });
  });
  const pid = child.pid as number;
  if (!outlivesUs) endWithUs(pid);
  void exited.then(() => running.delete(pid));

  const kill = async () => {
    signalGroup(pid, 'SIGKILL');
    await exited;
  };
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    const patience = new AbortController();
    await Promise.race([exited, delay(STOP_MS, undefined, { signal: patience.signal }).catch(() => undefined)]);
    patience.abort();
    await kill();
  };
  return { pid, logFile, exited, stop, kill, release: () => child.unref() };
}

export interface WaitOptions {
  /** Completes "was expected to …": 'answer on 127.0.0.1:7233'. */
  readonly what: string;
  readonly timeoutMs: number;
}

/**
 * Waits until `ready` says true; a `ready` that throws or takes over two seconds (its signal) is not ready yet. When
 * the program ends first or the time is up, the program is killed.
 *
 * @throws Error with the last lines of its log.
 */
export async function waitUntil(
  started: Process,
  ready: (signal: AbortSignal) => Promise<boolean>,
  { what, timeoutMs }: WaitOptions,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let why = `did not within ${timeoutMs} ms`;
  while (performance.now() < deadline) {
    if (await ready(AbortSignal.timeout(ATTEMPT_MS)).catch(() => false)) return;
    const ended = await Promise.race([started.exited.then(() => true), delay(BETWEEN_ATTEMPTS_MS, false)]);
    if (!ended) continue;
    why = 'ended before it did';
    break;
  }
  await started.kill();
  throw new Error(
    `The program was expected to ${what} and ${why}. Its log (${started.logFile}) ends with:\n${lastLines(started.logFile)}`,
  );
}

/** Below the range that the system gives away by itself: 32768 to 60999 (ip(7), ip_local_port_range). */
const LOWEST_PORT = 10_240;
const HIGHEST_PORT = 32_767;
const PORT_ATTEMPTS = 500;
/** One empty file for each port given away; all processes of a user share it. */
const PORT_CLAIMS = join(tmpdir(), `landfall-ports-${String(process.getuid?.())}`);
/** A claim is over by then: its caller listens on the port, or does not want it any more. */
const CLAIM_MS = 10 * 60_000;
/** The claims of this process. */
const claimed = new Set<string>();

/**
 * A TCP port of 127.0.0.1 that is free at this moment. No other caller, in this process or another one, gets it within
 * ten minutes. Ports from the system's own range are left to Podman, which takes them for containers.
 *
 * @throws Error when no port is free.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt += 1) {
    mkdirSync(PORT_CLAIMS, { recursive: true, mode: 0o700 });
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT + 1);
    if (claim(join(PORT_CLAIMS, String(port))) && (await isFree(port))) return port;
  }
  throw new Error('The system has no free TCP port for us.');
}

/** Gives back the ports that this process was given, once nothing uses them: no file is left of them. */
export function releasePorts(): void {
  for (const file of claimed) rmSync(file, { force: true });
  claimed.clear();
  try {
    rmdirSync(PORT_CLAIMS);
  } catch (error) {
    // Other processes have claims, or there is no folder.
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** Creating a file is atomic, so one of two processes that ask at once gets the port. */
function claim(file: string): boolean {
  try {
    closeSync(openSync(file, 'wx'));
    claimed.add(file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // The last one that had a claim has just removed the folder.
    if (code === 'ENOENT') return false;
    if (code !== 'EEXIST') throw error;
    // An old claim is only removed here: the next attempt may take it.
    const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > CLAIM_MS) rmSync(file, { force: true });
    return false;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/**
 * Starts something on ports of its own choosing, and again when another program took a port in between. Ports given by
 * the caller are tried once.
 */
export async function withFreePorts<T>(given: boolean, start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      if (given || attempt === 3 || !/address already in use/i.test(String(error))) throw error;
    }
  }
}

function inherited(): Record<string, string> {
  return Object.fromEntries(
    INHERITED.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A process that we started does not outlive us, even when we end by an uncaught error. */
function endWithUs(pid: number): void {
  running.add(pid);
  if (hooked) return;
  hooked = true;
  process.once('exit', () => {
    for (const one of running) signalGroup(one, 'SIGKILL');
  });
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
}
