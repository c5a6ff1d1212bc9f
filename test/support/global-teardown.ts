/** Runs once after the last test file: stops what all of them shared, and fails the run when anything is left. */
import { rmSync } from 'node:fs';
import { CLUSTER_FOLDER } from './cluster/socket.ts';
import { findLeaks, removeLeaks } from './leaks.ts';
import { takeKept } from './kept.ts';

export default async function globalTeardown(): Promise<void> {
  const kept = takeKept();
  if (kept === undefined) return;
  await Promise.all(kept.stop.map((stop) => stop()));
  const leaks = await findLeaks(kept.dir, ['temporal', 'registry', 'postgres', CLUSTER_FOLDER]);
  if (leaks.length > 0) {
    // Not thrown: jest would then write no report of the tests themselves.
    console.error(`The tests left behind:\n${leaks.map(({ what }) => `  ${what}`).join('\n')}`);
    process.exitCode = 1;
    removeLeaks(leaks);
  }
  rmSync(kept.dir, { recursive: true, force: true });
}
