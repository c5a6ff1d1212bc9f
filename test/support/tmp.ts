import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { onCleanup } from './cleanup.ts';
import { testRun } from './run.ts';

/** An empty folder with a short path, removed after the file's last test. */
export function tempDir(): string {
  const dir = mkdtempSync(join(testRun().dir, 'd'));
  chmodSync(dir, 0o711);
  onCleanup(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}
