/** Small files in folders that another account may write: what root reads there must not hold it up or lead it elsewhere. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** A link ends the attempt, and a named pipe does not wait for its other end (open(2)). */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** `ENXIO`: a socket. */
const NO_FILE: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO']);

/**
 * Reads the first bytes as text.
 *
 * @param maxBytes - what is behind them is left out
 * @returns `undefined` when there is no regular file of this name: nothing, a link, a folder, a pipe, a device
 */
export function readForeign(path: string, maxBytes: number): string | undefined {
  const file = open(path);
  if (file === undefined) return undefined;
  try {
    if (!fstatSync(file).isFile()) return undefined;
    const bytes = Buffer.alloc(maxBytes);
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, maxBytes, 0));
  } finally {
    closeSync(file);
  }
}

function open(path: string): number | undefined {
  try {
    return openSync(path, FLAGS);
  } catch (error) {
    if (NO_FILE.has((error as NodeJS.ErrnoException).code)) return undefined;
    throw error;
  }
}
