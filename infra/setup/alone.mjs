// @ts-check
/** Two commands that start at once on a fresh checkout must not install over each other. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { waitForLock } from '../lock.mjs';
import { TOOLCHAIN } from './places.mjs';

/**
 * Runs `work` while no other process does.
 *
 * @param {() => void} work
 */
export async function alone(work) {
  makeToolchain();
  const lock = await waitForLock(join(TOOLCHAIN, 'setup.lock'));
  try {
    work();
  } finally {
    lock.release();
  }
}

/**
 * Without `recursive`: on a file system that is read-only Node would then report that the folder above does not exist.
 */
function makeToolchain() {
  try {
    mkdirSync(TOOLCHAIN);
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'ENOENT') mkdirSync(TOOLCHAIN, { recursive: true });
    else if (code !== 'EEXIST') throw error;
  }
}
