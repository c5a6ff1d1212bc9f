// @ts-check
/**
 * One lock for everything that only one process on this machine may do or have: installing what is missing, a data folder of
 * `landfall up`, the bundle and the database of a run of the tests.
 *
 * The lock is the kernel's (flock(2)), so it ends with its process, also by `kill -9`. No process id is written down that
 * another process may have later, and no age is guessed. Two that find a dead one's lock do not both take it. Node has no
 * flock; the program of that name (util-linux, BusyBox) locks our open file for us and ends. Nothing that we start inherits it.
 */
import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, rmSync, statSync } from 'node:fs';
import process from 'node:process';

/**
 * @typedef {object} Lock
 * @property {() => void} release - removes the file, too
 */

/** There is no lock to be had here; its message says why and what to do. */
export class LockError extends Error {}

/** Every flock(1) knows the short form of `--nonblock`. */
const AT_ONCE = '-n';
/** The exit code of flock(1) when another process has the lock. */
const TAKEN = 1;

/**
 * Takes the lock, or does not wait for it.
 *
 * @param {string} file - created when it is not there; its folder has to be
 * @returns {Promise<Lock | undefined>} `undefined` while another process has it
 * @throws {LockError} when there is no program `flock`, or it cannot do it on this file system
 * @throws {Error} of the system, when the file cannot be created
 */
export const tryLock = (file) => take(file, [AT_ONCE]);

/**
 * Takes the lock as soon as no other process has it.
 *
 * @param {string} file - as for {@link tryLock}
 * @returns {Promise<Lock>}
 * @throws as {@link tryLock}
 */
export async function waitForLock(file) {
  return /** @type {Lock} */ (await take(file, []));
}

/**
 * @param {string} file
 * @param {readonly string[]} how
 * @returns {Promise<Lock | undefined>}
 */
async function take(file, how) {
  for (;;) {
    const held = openSync(file, 'a', 0o600);
    const { code, words } = await flock(held, how).catch((/** @type {unknown} */ error) => {
      closeSync(held);
      throw error;
    });
    if (code === 0 && isStill(file, held)) return { release: () => release(file, held) };
    closeSync(held);
    // The one before removed the file between our opening and locking it: another one has been created, or will be.
    if (code === 0) continue;
    if (code === TAKEN && how.length > 0) return undefined;
    const why = words || `flock ended with ${String(code)}`;
    throw new LockError(`${file} could not be locked (${why}): use a folder on a disk of this machine.`);
  }
}

/** @param {string} file @param {number} held */
function isStill(file, held) {
  const [ours, now] = [fstatSync(held), statSync(file, { throwIfNoEntry: false })];
  return now !== undefined && now.ino === ours.ino && now.dev === ours.dev;
}

/** @param {string} file @param {number} held */
function release(file, held) {
  // Another process has its own file there when a person removed ours.
  if (isStill(file, held)) rmSync(file, { force: true });
  closeSync(held);
}

/**
 * The lock belongs to the open file, which is one in both processes: it stays when flock ends.
 *
 * @param {number} held
 * @param {readonly string[]} how
 * @returns {Promise<{ readonly code: number | null, readonly words: string }>}
 */
function flock(held, how) {
  return new Promise((resolve, reject) => {
    const child = spawn('flock', [...how, '3'], {
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'ignore', 'pipe', held],
    });
    let words = '';
    child.stderr?.setEncoding('utf8').on('data', (/** @type {string} */ text) => (words += text));
    child.once('close', (code) => resolve({ code, words: words.trim() }));
    child.once('error', (error) => {
      const why = 'code' in error && error.code === 'ENOENT' ? 'it is not on PATH: install util-linux' : error.message;
      reject(new LockError(`The program flock is needed, and ${why}.`, { cause: error }));
    });
  });
}
