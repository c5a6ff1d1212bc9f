import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LockError, tryLock, waitForLock } from '../../infra/lock.mjs';
import { onCleanup } from '../support/cleanup.ts';
import { tempDir } from '../support/tmp.ts';

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

test('without the program flock it says what to install [F5]', async () => {
  const { PATH } = process.env;
  onCleanup(() => void (process.env['PATH'] = PATH));
  process.env['PATH'] = tempDir();
  await expect(tryLock(join(tempDir(), 'lock'))).rejects.toThrow(LockError);
  await expect(tryLock(join(tempDir(), 'lock'))).rejects.toThrow('install util-linux');
});
