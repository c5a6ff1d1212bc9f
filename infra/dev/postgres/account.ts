/** PostgreSQL refuses to run as root, so root gives it an account, and folders that this account reaches. */
import { chmodSync, chownSync, lchownSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Account } from '../accounts.ts';
import { accountNamed } from '../accounts.ts';
import { ensureServiceAccount } from '../service-account.ts';

export const DATABASE_ACCOUNT = 'landfall-db';
/** The others are on most machines already, and stand in where the database's own is not wanted or cannot be made. */
const ACCOUNTS = [DATABASE_ACCOUNT, 'postgres', 'nobody'] as const;

/**
 * Makes the database's own account where there is none. Does nothing unless this is root.
 *
 * @throws Error with the words of useradd(8)
 */
export const ensureDatabaseAccount = (): void => ensureServiceAccount(DATABASE_ACCOUNT, 'Database of Landfall');

/**
 * The account that PostgreSQL runs as.
 *
 * @returns `undefined`: ours, which is not root
 * @throws Error when this is root and the machine has none of the accounts
 */
export function databaseAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ACCOUNTS) {
    const account = accountNamed(name);
    if (account !== undefined && account.uid !== 0) return account;
  }
  throw new Error(
    'PostgreSQL refuses to run as root, and this machine has no account for it. Make one (`useradd --system --user-group landfall-db`), or set DATABASE_URL.',
  );
}

/** The first folder on the way to `path`, from above, that the account may not pass through. */
export function closedAbove(path: string, account: Account): string | undefined {
  return pathTo(realpathSync(path)).find((folder) => !mayPass(folder, account));
}

/** @throws Error that names the folder that keeps the account out */
export function assertReaches(path: string, account: Account | undefined): void {
  const closed = account && closedAbove(path, account);
  if (closed === undefined) return;
  throw new Error(
    `The database runs as the account ${account?.name ?? ''}, which cannot pass through ${closed}. Choose another data folder, such as /var/lib/landfall, or run \`chmod o+x ${closed}\`.`,
  );
}

/**
 * Lets the database's account alone pass through one of our folders, by the folder's group. Its content stays as closed
 * as it was. Does nothing unless this is root.
 */
export function letDatabaseThrough(folder: string): void {
  const account = databaseAccount();
  if (account === undefined || mayPass(folder, account)) return;
  const { uid, mode } = statSync(folder);
  chownSync(folder, uid, account.gid);
  chmodSync(folder, (mode & 0o700) | 0o010);
}

/** Makes a folder the account's, without what is in it: whose that is may lead root anywhere by a link. */
export const give = (folder: string, { uid, gid }: Account): void => lchownSync(folder, uid, gid);

/** @throws Error with the command that gives the folder to the account, which takes a person who knows what is in it */
export function assertOwns(folder: string, account: Account | undefined): void {
  const { uid } = statSync(folder);
  if (account === undefined || uid === account.uid) return;
  throw new Error(
    `${folder} belongs to the user ${String(uid)}, and the database runs as the account ${account.name}. It was left as it is. If it is the database's, from a back-up or of another account before, run as root: \`chown -R --no-dereference ${account.name}: ${folder}\``,
  );
}

function pathTo(path: string): string[] {
  const above = dirname(path);
  return above === path ? [path] : [...pathTo(above), path];
}

/** Follows the permissions of path_resolution(7) and ignores access control lists. A file must be executable. */
function mayPass(path: string, { uid, gid }: Account): boolean {
  const found = statSync(path);
  if (found.uid === uid) return (found.mode & 0o100) !== 0;
  if (found.gid === gid) return (found.mode & 0o010) !== 0;
  return (found.mode & 0o001) !== 0;
}
