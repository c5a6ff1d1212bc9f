/** How much room an engine's own storage has. */
import { statfs } from 'node:fs/promises';
import type { PodmanClient } from './client.ts';

export interface Room {
  /** Where the engine keeps images and containers. */
  readonly path: string;
  readonly totalBytes: number;
  /** What is reserved for root is not for images. */
  readonly freeBytes: number;
}

export type Disk = ReturnType<typeof createDisk>;

/** We are on the engine's own host, so its folder can be looked at. Calls throw what {@link PodmanClient} throws. */
export function createDisk(podman: PodmanClient) {
  let path: string | undefined;

  return {
    /**
     * Asks the engine once where its storage is: `/info` takes it a quarter of a second, and the answer changes only with
     * its configuration. That it answers at all is asked every time.
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

/** Of the file system that holds a folder. */
export async function roomAt(folder: string): Promise<Pick<Room, 'totalBytes' | 'freeBytes'>> {
  const { blocks, bavail, bsize } = await statfs(folder);
  return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
}
