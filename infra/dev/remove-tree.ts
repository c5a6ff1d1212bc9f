/** Removes a folder in which other accounts may write: what they put in place of something meanwhile must not lead root elsewhere. */
import { execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { promisify } from 'node:util';

/**
 * One that is not there is removed. rm(1) of GNU and of the BSDs goes down by open folders and follows no link; Node's own goes by
 * paths, which may lead elsewhere between two of its steps.
 *
 * @param folder - ours, in a folder where others cannot replace it; it is closed to other accounts first
 * @throws Error with what could not be removed
 */
export async function removeTree(folder: string): Promise<void> {
  try {
    chmodSync(folder, 0o700);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await promisify(execFile)('rm', ['-rf', '--', folder]);
}
