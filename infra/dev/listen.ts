/** A socket that a program of another account serves, in a folder where that account can put nothing in its place. */
import { chmodSync, lchownSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Account } from './accounts.ts';

export interface Listening {
  /** For the program (sd_listen_fds(3)). */
  readonly fd: number;
  /** Gives up our own end; the path and the program's end stay. */
  readonly handOver: () => void;
}

/** Node has no public word for it; its own `cluster` hands sockets on like this. */
interface WithHandle {
  readonly _handle?: { readonly fd?: unknown } | null;
}

const MINE_ALONE = 0o600;

/**
 * Listens at a path that only we and the account may open.
 *
 * @param path - in a folder that only root writes to; an existing file there is removed
 */
export async function listenFor(path: string, { uid, gid }: Pick<Account, 'uid' | 'gid'>): Promise<Listening> {
  // Node removes the path it listened at when it closes its end.
  const first = `${path}.new`;
  rmSync(first, { force: true });
  // A client that connects before the program takes over is turned away.
  const server = createServer((client) => client.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(first, resolve);
  });
  const fd = (server as WithHandle)._handle?.fd;
  if (typeof fd !== 'number' || fd < 0) throw new Error(`This Node.js (${process.version}) does not name its sockets.`);
  chmodSync(first, MINE_ALONE);
  lchownSync(first, uid, gid);
  return {
    fd,
    handOver: () => {
      renameSync(first, path);
      server.close();
    },
  };
}
