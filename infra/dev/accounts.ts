/** Accounts of this machine (passwd(5)). */
import { existsSync, readFileSync } from 'node:fs';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** `undefined` when there is none of this name, or no such file. */
export function accountNamed(name: string, file = '/etc/passwd'): Account | undefined {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const [, , uid, gid, , home] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
  return uid === undefined || gid === undefined || home === undefined || uid === ''
    ? undefined
    : { name, uid: Number(uid), gid: Number(gid), home };
}
