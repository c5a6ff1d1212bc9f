/** Who listens at an address of this machine: proc(5), net/tcp and the open files of each process. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';

export interface Listener {
  readonly pid: number;
  /** The name under which it was started, without its folder: threads of a program may bear others. */
  readonly program: string;
}

/**
 * @param address - IPv4 or IPv6; a listener at all addresses counts
 * @returns `undefined` when nothing listens there, and when this user cannot see who: another user's process, another
 *   system than Linux
 */
export async function listenerAt(address: string, port: number): Promise<Listener | undefined> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => text(`/proc/net/${name}`)));
  const sockets = new Set(
    tables.flatMap((table) => listening(table, address, port)).map((inode) => `socket:[${inode}]`),
  );
  if (sockets.size === 0) return undefined;
  for (const name of await names('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    if (await holds(name, sockets)) return { pid: Number(name), program: await programOf(name) };
  }
  return undefined;
}

/** `TCP_LISTEN` of the kernel (include/net/tcp_states.h). */
const LISTEN = '0A';

/** @returns the inodes of the sockets */
function listening(table: string, address: string, port: number): string[] {
  const wanted = new Set([...written(address), ...ALL]);
  return table.split('\n').flatMap((line) => {
    // `  0: 0100007F:1F90 00000000:0000 0A …`: number, here, there, state; the inode is the tenth.
    const [, here = '', , state, ...rest] = line.trim().split(/\s+/);
    const [at = '', portInHex = ''] = here.split(':');
    const inode = rest[5];
    const isWanted = state === LISTEN && wanted.has(at) && parseInt(portInHex, 16) === port;
    return isWanted && inode !== undefined ? [inode] : [];
  });
}

/** All addresses, of IPv4 and of IPv6. */
const ALL = ['0'.repeat(8), '0'.repeat(32)];
const LOOPBACK_6 = '00000000000000000000000001000000';

/** The kernel writes an address in words of this machine's byte order, which is the little one wherever Podman runs. */
function written(address: string): string[] {
  if (address === '::1') return [LOOPBACK_6];
  const bytes = address.split('.').map(Number);
  if (bytes.length !== 4) return [];
  const word = bytes
    .toReversed()
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
  return [word, `0000000000000000FFFF0000${word}`];
}

/** A program may write over its arguments: then the first word of that. */
async function programOf(pid: string): Promise<string> {
  const [program = ''] = (await text(`/proc/${pid}/cmdline`)).split(/[\0 ]/);
  return basename(program) || (await text(`/proc/${pid}/comm`)).trim();
}

async function holds(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  for (const file of await names(folder)) {
    if (sockets.has(await readlink(`${folder}/${file}`).catch(() => ''))) return true;
  }
  return false;
}

/** Processes end while they are looked at, and those of others are closed. */
const text = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');
const names = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
