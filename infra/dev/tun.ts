/** The device through which slirp4netns gives builds without root their network. */
import { chmodSync, lchownSync, lstatSync, type Stats } from 'node:fs';
import type { Account } from './accounts.ts';

const TUN = '/dev/net/tun';
/** Character device 10:200 (the kernel's Documentation/admin-guide/devices.txt). */
const NUMBER = (10 << 8) | 200;
const ANYBODY = 0o006;
const GROUP = 0o060;

/**
 * Lets the account's group open it where only root may. It gives no right over any network of the machine: that takes
 * CAP_NET_ADMIN there (the kernel's Documentation/networking/tuntap.rst). One that is given to others already stays so.
 */
export function lendTun({ gid }: Pick<Account, 'gid'>, device = TUN): void {
  const found = tunAt(device);
  if (found === undefined || found.uid !== 0 || found.gid !== 0 || (found.mode & ANYBODY) === ANYBODY) return;
  chmodSync(device, (found.mode & 0o777) | GROUP);
  lchownSync(device, 0, gid);
}

/** @returns true when the account may open it */
export function mayUseTun({ uid, gid }: Pick<Account, 'uid' | 'gid'>, device = TUN): boolean {
  const found = tunAt(device);
  if (found === undefined) return false;
  const bits = found.uid === uid ? 0o600 : found.gid === gid ? GROUP : ANYBODY;
  return (found.mode & bits) === bits;
}

function tunAt(path: string): Stats | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isCharacterDevice() === true && found.rdev === NUMBER ? found : undefined;
}
