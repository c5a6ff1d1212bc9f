import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * When a process was started, by `ps` (POSIX): together with its id it names one process for ever, although ids are
 * given out again.
 *
 * @returns `undefined` when there is no such process.
 */
export async function startOf(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)], {
      env: { ...process.env, LC_ALL: 'C' },
    });
    return stdout.trim() || undefined;
  } catch (error) {
    // `ps` exits with 1 when it finds nothing; without `ps` we could not tell our processes from others.
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 1) return undefined;
    throw error;
  }
}
