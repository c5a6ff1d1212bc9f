/** The API of a user's own Podman, where nothing else serves it. */
import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { isAlive } from '../../infra/dev/identity.ts';
import { runEngineSocket, startRunEngine } from '../../infra/dev/run-engine.ts';
import { onCleanup } from '../support/cleanup.ts';
import { writeFixtureApp } from '../support/fixtures/app.ts';
import { ownSettings, testHost } from '../support/podman.ts';
import { tempDir } from '../support/tmp.ts';

test('it has the containers of that Podman; they go on through its stop and its kill, after which it is served again [F1][F5]', async () => {
  const own = await testHost('own');
  const source = tempDir();
  writeFixtureApp(source, { version: 'v1' });
  await own.podman(['build', '--tag', 'localhost/app', source]);
  const dir = tempDir();
  const start = async () => {
    const engine = await startRunEngine(dir, ownSettings(own));
    onCleanup(() => engine.stop());
    return engine;
  };
  const remote = async (...args: readonly string[]) => {
    const socket = `unix://${runEngineSocket(dir)}`;
    return (await promisify(execFile)('podman', ['--url', socket, ...args])).stdout.trim();
  };
  // A killed machine left it there.
  writeFileSync(runEngineSocket(dir), '');

  const first = await start();
  await remote('run', '--detach', '--name', 'web', 'localhost/app');
  const pid = Number(await remote('inspect', '--format', '{{.State.Pid}}', 'web'));
  process.kill(-first.pid, 'SIGKILL');
  const second = await start();

  expect(await remote('ps', '--format', '{{.Names}}')).toBe('web');
  await second.stop();
  expect(existsSync(join(dir, 'podman.sock'))).toBe(false);
  expect(isAlive(pid)).toBe(true);
  expect((await own.podman(['ps', '--format', '{{.Names}}'])).stdout).toBe('web\n');
}, 300_000);
