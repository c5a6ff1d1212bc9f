// @ts-check
/** Two commands that start at once on a fresh checkout must not install over each other. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { TOOLCHAIN } from './places.mjs';

const LOCK = join(TOOLCHAIN, 'setup.lock');

/**
 * Runs `work` while no other process does. The lock of a process that is gone does not count.
 *
 * @param {() => void} work
 */
export function alone(work) {
  makeToolchain();
  while (!take()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  try {
    work();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

/** Not `recursive`: on a file system that is read-only Node would then say that the folder above does not exist. */
function makeToolchain() {
  try {
    mkdirSync(TOOLCHAIN);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

function take() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    if (!holderLives()) rmSync(LOCK, { force: true });
    return false;
  }
}

function holderLives() {
  try {
    process.kill(Number(readFileSync(LOCK, 'utf8')) || process.pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH' && codeOf(error) !== 'ENOENT';
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code;
}
