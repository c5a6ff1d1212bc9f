// @ts-check
/** Two commands that start at once on a fresh checkout must not install over each other. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { tryLock, waitForLock } from '../lock.mjs';
import { TOOLCHAIN } from './places.mjs';

/**
 * Runs `work` while no other process does.
 *
 * @param {() => void} work
 */
export async function alone(work) {
  makeToolchain();
  const file = join(TOOLCHAIN, 'setup.lock');
  const lock = (await tryLock(file)) ?? (await afterTheOther(file));
  try {
    work();
  } finally {
    lock.release();
  }
}

/** @param {string} file */
function afterTheOther(file) {
  console.error('Another setup is under way here: this one waits for it …');
  return waitForLock(file);
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
