/** A file system of a test's own that can really be full. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onCleanup } from './cleanup.ts';
import { tempDir } from './tmp.ts';

export interface SmallDisk {
  readonly dir: string;
  /** Leaves only this much room; again and again, should a program have made some. */
  fill(leftBytes?: number): void;
  /** Leaves room for no further file or folder. */
  fillWithFiles(): void;
  /** Takes away what it was filled with. */
  free(): void;
}

/** In memory: it takes root to mount it. Gone after the file's last test. */
export function smallDisk(megabytes: number): SmallDisk {
  const dir = tempDir();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,nr_inodes=20000`, 'small-disk', dir]);
  // With what an engine has mounted in it, should that still be there.
  onCleanup(() => void execFileSync('umount', ['--recursive', dir]));
  const ballast = join(dir, 'ballast');
  mkdirSync(ballast);
  let fills = 0;
  return {
    dir,
    fill(leftBytes = 0) {
      const { bavail, bsize } = statfsSync(dir);
      fills += 1;
      try {
        writeFileSync(join(ballast, `bytes${fills}`), Buffer.alloc(Math.max(0, bavail * bsize - leftBytes)));
      } catch (error) {
        // Another program took some of the room meanwhile: the disk is as full as it was to be.
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    },
    fillWithFiles() {
      const { ffree } = statfsSync(dir);
      for (let count = 0; count < ffree && wrote(join(ballast, String(count))); count += 1);
    },
    free() {
      rmSync(ballast, { recursive: true, force: true });
      mkdirSync(ballast);
    },
  };
}

/** `false` when there is no room: a program that still runs here takes some, too. */
function wrote(file: string): boolean {
  try {
    writeFileSync(file, '');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}
