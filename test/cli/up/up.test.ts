/** `landfall up` as a process of its own, on a Podman of its own. */
import { expect, test } from '@jest/globals';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess } from '../../../infra/dev/process.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/tmp.ts';
import { landfall } from '../support/run.ts';
import { gitHubApp, isReady, LIMIT_MS, MAIN, running, stage } from './stage.ts';

const isGone = (pid: number) => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

test(
  'up serves, survives kill -9 of Landfall and of itself, and ends everything when asked [F1][F5]',
  async () => {
    const { dir, args, url } = await stage();
    const env = gitHubApp();
    const start = () =>
      startProcess({ command: process.execPath, args: [MAIN, ...args], env, logFile: join(tempDir(), 'up.log') });

    const first = await start();
    onCleanup(() => first.kill());
    await eventually('Landfall to be ready', () => isReady(url), LIMIT_MS);
    expect(statSync(join(dir, 'tokens')).mode & 0o777).toBe(0o600);
    await eventually('the address file', () => readFileSync(join(dir, 'address'), 'utf8') === `${url}\n`);
    expect(await landfall(['status'], { env: { LANDFALL_DATA_DIR: dir } })).toMatchObject({ code: 0 });

    const refused = await landfall(args, { env });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('another `landfall up`') });

    const { pid } = running(dir).parts['landfall'] ?? { pid: 0 };
    process.kill(pid, 'SIGKILL');
    await eventually('a new process', () => running(dir).parts['landfall']?.pid !== pid);
    await eventually('Landfall to be ready again', () => isReady(url), LIMIT_MS);

    const orphans = Object.values(running(dir).parts).map((part) => part.pid);
    process.kill(first.pid, 'SIGKILL');
    const second = await start();
    onCleanup(() => second.kill());
    await eventually('the new `up` to have taken over', () => orphans.every(isGone), LIMIT_MS);
    await eventually(
      'Landfall to be ready once more',
      async () => running(dir).up.pid === second.pid && isReady(url),
      LIMIT_MS,
    );

    const parts = Object.values(running(dir).parts).map((part) => part.pid);
    expect(parts).toHaveLength(4);
    process.kill(second.pid, 'SIGTERM');
    expect(await second.exited).toBe(0);
    expect(parts.filter((part) => !isGone(part))).toEqual([]);
  },
  LIMIT_MS * 3,
);

test('up without a GitHub App is refused with everything that is missing at once, and starts nothing [F5]', async () => {
  const dir = join(tempDir(), 'data');
  const { code, stderr } = await landfall(['up', '--data-dir', dir]);
  expect(code).toBe(1);
  expect(stderr).toContain('GITHUB_APP_ID, GITHUB_WEBHOOK_SECRET, GITHUB_APP_PRIVATE_KEY_FILE are not set');
  expect(() => statSync(dir)).toThrow('ENOENT');
});

test('up in a folder whose sockets could not be named is refused [F5]', async () => {
  const { code, stderr } = await landfall(['up', '--data-dir', `/tmp/${'long/'.repeat(20)}`], { env: gitHubApp() });
  expect(code).toBe(1);
  expect(stderr).toContain('Choose a shorter one with --data-dir.');
});

test('up without Podman says how to start it [F5]', async () => {
  const argv = ['up', '--data-dir', join(tempDir(), 'data'), '--podman-socket', '/nowhere/podman.sock'];
  const { code, stderr } = await landfall(argv, { env: gitHubApp() });
  expect(code).toBe(1);
  expect(stderr).toContain('podman system service --time=0 unix:///nowhere/podman.sock');
});

test.each(['8080', 'localhost:99999', '127.0.0.1:0', 'a b:80'])('up refuses to listen on %j [F5]', async (listen) => {
  const { code, stderr } = await landfall(['up', '--listen', listen], { env: gitHubApp() });
  expect(code).toBe(1);
  expect(stderr).toContain('is not HOST:PORT');
});
