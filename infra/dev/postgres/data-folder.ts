/** The folder that PostgreSQL keeps everything in (PostgreSQL manual, "Database File Layout"). */
import { execFile } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from '../accounts.ts';
import { bareEnv } from '../bare-env.ts';
import { endProcess } from '../daemon.ts';
import { readForeign } from '../foreign-file.ts';
import { commandOf, isAlive } from '../identity.ts';
import { give } from './account.ts';
import type { Programs } from './programs.ts';

/** The role that owns everything. */
export const ROLE = 'landfall';

/** More than its small files hold. The folder is the account's: none of them is trusted to be small, or a file. */
export const FILE_BYTES = 4_096;

/** @returns `undefined` when there is no data folder yet. @throws Error when it is none of PostgreSQL's */
export function majorOf(data: string): number | undefined {
  if (!existsSync(data)) return undefined;
  const major = Number(readForeign(join(data, 'PG_VERSION'), FILE_BYTES)?.trim() ?? Number.NaN);
  if (Number.isInteger(major) && major > 0) return major;
  throw new Error(
    `${data} is not a data folder of PostgreSQL: its PG_VERSION holds no version. Restore the folder from a back-up, or move it away to begin with an empty database.`,
  );
}

export interface Initialise {
  readonly programs: Programs;
  readonly account: Account | undefined;
  /** Nothing waits for the disk. */
  readonly volatile: boolean;
}

/** Creates an empty one (three seconds). It appears whole or not at all. */
export async function initialise(data: string, { programs, account, volatile }: Initialise): Promise<void> {
  const draft = `${data}.new`;
  await removeDraft(draft, account);
  mkdirSync(draft, { mode: 0o700 });
  if (account) give(draft, account);
  const kind = ['--encoding=UTF8', '--locale=C', '--auth=peer', '--username', ROLE];
  const args = ['-D', draft, ...kind, ...(volatile ? ['--no-sync'] : [])];
  await promisify(execFile)(join(programs.bin, 'initdb'), args, {
    cwd: draft,
    env: bareEnv(),
    ...(account && { uid: account.uid, gid: account.gid }),
  });
  renameSync(draft, data);
  if (volatile) return;
  sync(dirname(data));
  sync(dirname(dirname(data)));
}

/** One of the account's is emptied by the account, which could swap a link in while root removes. */
async function removeDraft(draft: string, account: Account | undefined): Promise<void> {
  const found = lstatSync(draft, { throwIfNoEntry: false });
  if (account && found?.isDirectory() && found.uid === account.uid) {
    const { uid, gid } = account;
    await promisify(execFile)('find', [draft, '-mindepth', '1', '-delete'], {
      cwd: draft,
      env: bareEnv(),
      uid,
      gid,
    });
    rmdirSync(draft);
  } else rmSync(draft, { recursive: true, force: true });
}

/** Makes names in a folder outlast a power cut. */
function sync(folder: string): void {
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}

/** A server that was left behind has no clients to wait for. */
const END_MS = 10_000;

/**
 * Makes way for a new server: ends one that a killed `landfall up` left behind on this folder, and removes lock files that
 * would keep it from starting. PostgreSQL itself removes those of a process that is gone; it does not when a power cut left
 * them empty, or when the process id belongs to another program of the same account since.
 *
 * @param locks - files whose first line is the process id
 */
export async function makeWay(data: string, locks: readonly string[]): Promise<void> {
  for (const lock of locks) {
    if (lstatSync(lock, { throwIfNoEntry: false }) === undefined) continue;
    const pid = Number(readForeign(lock, FILE_BYTES)?.split('\n')[0]);
    const isPid = Number.isInteger(pid) && pid > 1;
    if (isPid && !isAlive(pid)) continue;
    if (isPid && (await commandOf(pid)).includes(data)) await endProcess(pid, END_MS, 'SIGINT');
    rmSync(lock, { force: true });
  }
}
