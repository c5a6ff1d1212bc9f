/** Keeps the log of a program that never ends from filling the disk. */
import { copyFileSync, statSync, truncateSync } from 'node:fs';

const LOOK_EVERY_MS = 30_000;

/**
 * Moves a log's content to `FILE.1`, in place of what was there, whenever it is longer than `bytes`: now, and while we
 * run. The program goes on writing to the same file, which works because it was opened for appending.
 *
 * @returns a function that ends this
 */
export function boundLog(file: string, bytes: number): () => void {
  const look = () => {
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) <= bytes) return;
    copyFileSync(file, `${file}.1`);
    truncateSync(file);
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}
