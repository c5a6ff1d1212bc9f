/** Keeps the log of a program that never ends from filling the disk. */
import { copyFileSync, rmSync, statSync, truncateSync } from 'node:fs';

const LOOK_EVERY_MS = 30_000;

/**
 * Moves a log's content to `FILE.1`, in place of what was there, whenever it is longer than `bytes`: now, and while we
 * run. The program goes on writing to the same file, which works because it was opened for appending. On a full disk the
 * content is given up; whatever else fails is tried again later.
 *
 * @returns a function that ends this
 */
export function boundLog(file: string, bytes: number): () => void {
  const look = () => {
    try {
      if (statSync(file).size > bytes) moveAside(file);
    } catch {
      // The log is not there yet, or cannot be moved: no reason to end what writes it.
    }
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}

function moveAside(file: string): void {
  try {
    copyFileSync(file, `${file}.1`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    rmSync(`${file}.1`, { force: true });
  }
  truncateSync(file);
}
