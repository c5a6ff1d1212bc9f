import { afterEach, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LockError, tryLock, waitForLock } from '../../infra/lock.mjs';
import { onCleanup } from '../support/cleanup.ts';
import { tempDir } from '../support/tmp.ts';

const { PATH = '' } = process.env;
afterEach(() => {
  process.env['PATH'] = PATH;
});

const LOCK_MODULE = new URL('../../infra/lock.mjs', import.meta.url).href;

/** Another process that has the lock until it is killed. Its own child goes on. */
async function holder(file: string) {
  const program = `import { spawn } from 'node:child_process';
    import { waitForLock } from ${JSON.stringify(LOCK_MODULE)};
    await waitForLock(${JSON.stringify(file)});
    const own = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
    console.log(own.pid);
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const childPid = Number(String(said));
  onCleanup(() => void process.kill(childPid, 'SIGKILL'));
  return {
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

test('what another process has is not had; kill -9 frees it, though what that one started lives on [F1][F5]', async () => {
  const file = join(tempDir(), 'lock');
  const other = await holder(file);
  expect(await tryLock(file)).toBeUndefined();

  const waiting = waitForLock(file);
  await other.kill();
  const lock = await waiting;
  expect(await tryLock(file)).toBeUndefined();
  lock.release();
  expect(existsSync(file)).toBe(false);
});

test('many at once have it one after the other, though each removes its file [F5]', async () => {
  const file = join(tempDir(), 'lock');
  let inside = 0;
  let most = 0;
  const one = async () => {
    const lock = await waitForLock(file);
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
    lock.release();
  };
  await Promise.all(Array.from({ length: 12 }, one));
  expect(most).toBe(1);
});

/** `flock` is this script until the end of the test. */
function flockIs(script: string): void {
  const bin = tempDir();
  writeFileSync(join(bin, 'flock'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  process.env['PATH'] = `${bin}:${PATH}`;
}

test('a file that a person removed is not taken from the process that has made it anew [F5]', async () => {
  const file = join(tempDir(), 'lock');
  const first = await waitForLock(file);
  rmSync(file);
  const second = await waitForLock(file);

  first.release();

  expect(await tryLock(file)).toBeUndefined();
  second.release();
});

test('a flock that knows short options only, as in small systems, will do [F5]', async () => {
  flockIs(`for one in "$@"; do case $one in --*) exit 64; esac; done; PATH='${PATH}'; exec flock "$@"`);
  const file = join(tempDir(), 'lock');

  const lock = await tryLock(file);

  expect(await tryLock(file)).toBeUndefined();
  lock?.release();
});

test('where the file system knows no locks, it says so and what to do [F5]', async () => {
  flockIs('echo "flock: 3: No locks available" >&2; exit 71');
  const file = join(tempDir(), 'lock');

  await expect(waitForLock(file)).rejects.toThrow(
    `${file} could not be locked (flock: 3: No locks available): use a folder on a disk of this machine.`,
  );
});

test('without the program flock it says what to install [F5]', async () => {
  process.env['PATH'] = tempDir();
  await expect(tryLock(join(tempDir(), 'lock'))).rejects.toThrow(LockError);
  await expect(tryLock(join(tempDir(), 'lock'))).rejects.toThrow('install util-linux');
});
