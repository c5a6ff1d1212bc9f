/** The folders of the engine that builds. Root works in them too, so the account may put no link in root's way. */
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, lchownSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from './accounts.ts';

export interface BuildPlaces {
  /** Holds log, socket and what Podman forgets when the machine restarts; in a folder that only root writes to. */
  readonly runDir: string;
  /**
   * Holds what builds unpack, gigabytes at times: on a disk, because `runDir` may be memory. In a folder that only root
   * writes to.
   */
  readonly diskDir: string;
  /** Tells the account's engines apart: each has its own socket and its own place to unpack. */
  readonly name: string;
}

export interface BuildFolders {
  /** Holds what Podman keeps while it runs; the account's own. */
  readonly user: string;
  /** The account's own folder for what builds unpack. */
  readonly tmp: string;
}

const REACHED_BY_OTHERS = 0o711;
const CLOSED = 0o700;
const OTHERS_WRITE = 0o022;

const SOCKET = '.sock';

/** The socket is in the folder that stays ours: in its own folder the account could link it to another engine. */
export const buildSocket = (runDir: string, name = 'podman'): string => join(runDir, `${name}${SOCKET}`);

/** The sockets of the account's engines that are there. */
export const buildSockets = (runDir: string): string[] =>
  existsSync(runDir) ? readdirSync(runDir).flatMap((name) => (name.endsWith(SOCKET) ? [join(runDir, name)] : [])) : [];

/**
 * Makes `runDir` and `diskDir`, which stay ours, and a folder in each that is the account's. May be called again. Permissions
 * are those whatever our umask is.
 */
export function makeBuildFolders(
  { runDir, diskDir, name }: BuildPlaces,
  account: Pick<Account, 'uid' | 'gid'>,
): BuildFolders {
  const [user, tmp] = [join(runDir, 'user'), join(diskDir, name)];
  for (const folder of [runDir, diskDir]) makeOurs(folder);
  for (const folder of [user, tmp]) give(folder, account);
  return { user, tmp };
}

/**
 * One that others could write to may hold links to anywhere, so it is put aside. It is not removed: who may still change it
 * could lead us to any file of the machine.
 */
function makeOurs(folder: string): void {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  const isOurs = found?.isDirectory() === true && found.uid === process.getuid?.() && (found.mode & OTHERS_WRITE) === 0;
  if (found && !isOurs) renameSync(folder, `${folder}.${randomUUID()}`);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, REACHED_BY_OTHERS);
}

/** The name cannot be swapped in between: only we write to the folder that it is in. */
function give(folder: string, { uid, gid }: Pick<Account, 'uid' | 'gid'>): void {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found && !found.isDirectory()) rmSync(folder);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, CLOSED);
  lchownSync(folder, uid, gid);
}
