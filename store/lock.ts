/**
 * The lock file of the embedded database. PGlite does not guard its folder, and two processes on it lose data
 * without a word, so the folder belongs to the one process that the file names.
 */
import { randomUUID } from 'node:crypto';
import { link, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { jsonOf } from '../contracts/core/json.ts';

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** The kernel's start time of that process; tells it from another one that got its pid later. `null`: not to be had here. */
  readonly startedAt: string | null;
}

/**
 * Takes the lock, or takes it over from an owner that is gone (kill -9, reboot).
 *
 * @returns what gives it back.
 * @throws Error naming the owner, when it lives or cannot be asked because it is on another host.
 */
export async function lockFile(file: string): Promise<() => Promise<void>> {
  const mine = `${file}.${randomUUID()}`;
  const text = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    startedAt: await startTime(process.pid),
  } satisfies Owner);
  await writeFile(mine, text, { mode: 0o600 });
  try {
    // A link appears whole or not at all: nobody ever reads half a lock.
    if (!(await linked(mine, file))) await takeOver(file, mine);
  } finally {
    await rm(mine, { force: true });
  }
  return async () => {
    if ((await textOf(file)) === text) await rm(file, { force: true });
  };
}

async function takeOver(file: string, mine: string): Promise<void> {
  await refuseLiveOwner(file);
  // Two processes may find the same dead owner. Only the one that holds this second file replaces the first.
  const turn = `${file}.takeover`;
  const handle = await open(turn, 'wx').catch((error: unknown) => {
    if (!isCode(error, 'EEXIST')) throw error;
    throw new Error(
      `The database lock ${file} is being taken over by another process. Try again in a moment; when nothing else is starting, remove ${turn}.`,
    );
  });
  try {
    await refuseLiveOwner(file);
    await rename(mine, file);
  } finally {
    await handle.close();
    await rm(turn, { force: true });
  }
}

async function refuseLiveOwner(file: string): Promise<void> {
  const text = await textOf(file);
  if (text === undefined) return;
  const owner = parseOwner(text);
  if (!owner) throw new Error(`${file} is not a lock file of ours. Remove it if no other process uses that folder.`);
  if (owner.host !== hostname()) {
    throw new Error(
      `The database is locked by process ${owner.pid} on host ${owner.host} (${file}). This host is ${hostname()} and cannot ask whether it still runs: stop it there, or remove the file if that host is gone.`,
    );
  }
  if (await isAlive(owner)) {
    throw new Error(
      `The database is in use by process ${owner.pid} on this host (${file}). It belongs to one process: stop that one first, or set DATABASE_URL to share a PostgreSQL.`,
    );
  }
}

async function isAlive(owner: Owner): Promise<boolean> {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it exists and is somebody else's.
    if (!isCode(error, 'EPERM')) return false;
  }
  const startedAt = await startTime(owner.pid);
  return owner.startedAt === null || startedAt === null || startedAt === owner.startedAt;
}

/** Field 22 of `/proc/PID/stat` (proc_pid_stat(5)), in clock ticks since boot; `null` where there is no /proc. */
async function startTime(pid: number): Promise<string | null> {
  const stat = await textOf(`/proc/${pid}/stat`);
  // Field 2, the command, stands in parentheses and may hold anything.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function parseOwner(text: string): Owner | undefined {
  const owner = jsonOf(text) as Partial<Owner> | null | undefined;
  if (typeof owner?.pid !== 'number' || typeof owner.host !== 'string') return undefined;
  return { pid: owner.pid, host: owner.host, startedAt: owner.startedAt ?? null };
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ESRCH')) return undefined;
    throw error;
  }
}

const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code;
