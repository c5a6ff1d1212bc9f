/** The room of an engine's own storage. */
import { statfs } from 'node:fs/promises';
import type { PodmanClient } from './client.ts';

export interface Room {
  /** The folder of the engine's images and containers. */
  readonly path: string;
  readonly totalBytes: number;
  /** Without the space reserved for root, which images cannot use. */
  readonly freeBytes: number;
}

export type Disk = ReturnType<typeof createDisk>;

/** We are on the engine's own host, so its folder can be looked at. Calls throw what {@link PodmanClient} throws. */
export function createDisk(podman: PodmanClient) {
  let path: string | undefined;

  return {
    /**
     * The engine's storage. Its path is read once: `/info` takes a quarter of a second, and the path changes only with
     * the engine's configuration. Every call checks that the engine answers at all.
     */
    async room(signal: AbortSignal): Promise<Room> {
      if (path === undefined) {
        const { store } = await podman.json<{ store: { graphRoot: string } }>('GET', '/info', { signal });
        path = store.graphRoot;
      } else {
        await podman.bytes('GET', '/_ping', { signal });
      }
      return { path, ...(await roomAt(path)) };
    },
  };
}

/** The room of the file system that holds a folder. */
export async function roomAt(folder: string): Promise<Pick<Room, 'totalBytes' | 'freeBytes'>> {
  const { blocks, bavail, bsize } = await statfs(folder);
  return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
}
