import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { startProcess } from '../../infra/dev/process.ts';
import { onCleanup } from '../support/cleanup.ts';
import { findLeaks, removeLeaks } from '../support/leaks.ts';
import { tempDir } from '../support/tmp.ts';

describe('what a test leaves behind', () => {
  test('is nothing when nothing is left', async () => {
    const dir = tempDir();
    mkdirSync(join(dir, 'temporal'));
    expect(await findLeaks(dir, ['temporal'], 0)).toEqual([]);
  });

  test('is seen: a folder, and a process by its arguments, its environment or its folder', async () => {
    const dir = tempDir();
    mkdirSync(join(dir, 'forgotten'));
    const byArgument = spawn('tail', ['-f', '/dev/null', join(dir, 'forgotten')], { stdio: 'ignore' });
    const byEnvironment = spawn('sleep', ['301'], { stdio: 'ignore', env: { WHERE: dir } });
    const byFolder = await startProcess({
      command: 'sleep',
      args: ['302'],
      cwd: dir,
      logFile: join(dir, 'forgotten/log'),
    });
    onCleanup(byFolder.kill);
    const leaks = await findLeaks(dir, [], 0);
    const pids = leaks.flatMap(({ pid }) => pid ?? []);
    expect(pids).toEqual(expect.arrayContaining([byArgument.pid, byEnvironment.pid, byFolder.pid]));
    expect(leaks.map(({ what }) => what)).toContain(`folder ${join(dir, 'forgotten')}`);

    const ended = [byArgument, byEnvironment].map((child) => new Promise((resolve) => child.once('exit', resolve)));
    removeLeaks(leaks);
    await Promise.all([...ended, byFolder.exited]);
    expect((await findLeaks(dir, ['forgotten'])).filter(({ pid }) => pids.includes(pid ?? 0))).toEqual([]);
  });
});
