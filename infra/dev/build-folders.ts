/** The folders of the engine that builds. Root works in them too, so the account may put no link in root's way. */
import { chmodSync, existsSync, lchownSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from './accounts.ts';

export interface BuildFolders {
  /** Holds what Podman keeps while it runs; the account's own. */
  readonly user: string;
  /** For what builds unpack; the account's own. */
  readonly tmp: string;
}

const REACHED_BY_OTHERS = 0o711;
const CLOSED = 0o700;
const OTHERS_WRITE = 0o022;

const SOCKET = '.sock';

/** Where an engine of the account listens: in the folder that stays ours. The account's own it could lead to another engine. */
export const buildSocket = (runDir: string, name = 'podman'): string => join(runDir, `${name}${SOCKET}`);

/** The sockets of the account's engines that are there. */
export const buildSockets = (runDir: string): string[] =>
  existsSync(runDir) ? readdirSync(runDir).flatMap((name) => (name.endsWith(SOCKET) ? [join(runDir, name)] : [])) : [];

/**
 * Makes `runDir`, which stays ours, and two folders in it that are the account's. A `runDir` that others could write to may
 * hold links to anywhere, so it is made anew. May be called again.
 *
 * @param runDir - in a folder that only root writes to
 */
export function makeBuildFolders(runDir: string, account: Pick<Account, 'uid' | 'gid'>): BuildFolders {
  const found = lstatSync(runDir, { throwIfNoEntry: false });
  const isOurs = found?.isDirectory() === true && found.uid === process.getuid?.() && (found.mode & OTHERS_WRITE) === 0;
  if (found && !isOurs) rmSync(runDir, { recursive: true, force: true });
  mkdirSync(runDir, { recursive: true });
  chmodSync(runDir, REACHED_BY_OTHERS);
  const [user, tmp] = [join(runDir, 'user'), join(runDir, 'tmp')];
  for (const folder of [user, tmp]) give(folder, account);
  return { user, tmp };
}

/** The name cannot be swapped in between: only we write to the folder that it is in. */
function give(folder: string, { uid, gid }: Pick<Account, 'uid' | 'gid'>): void {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found && !found.isDirectory()) rmSync(folder);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, CLOSED);
  lchownSync(folder, uid, gid);
}
