import { expect, test } from '@jest/globals';
import { join } from 'node:path';
import { keepRunning } from '../../../cli/up/keep-running.ts';
import { startProcess } from '../../../infra/dev/process.ts';
import { tempDir } from '../../support/tmp.ts';

const sleeper = () => {
  const logFile = join(tempDir(), 'log');
  return startProcess({ command: process.execPath, args: ['-e', 'setInterval(() => undefined, 1000)'], logFile });
};

test('a part that is killed is started again, and its new process is noted; stopped means stopped [F1][F5]', async () => {
  const pids: number[] = [];
  const told: string[] = [];
  const noted: (() => void)[] = [];
  const next = () => new Promise<void>((resolve) => noted.push(resolve));
  const first = next();
  const kept = await keepRunning('sleeper', sleeper, {
    tell: (line) => void told.push(line),
    started: async (pid) => {
      pids.push(pid);
      noted.shift()?.();
    },
  });
  await first;
  const second = next();
  process.kill(kept.pid(), 'SIGKILL');
  await second;
  expect(pids).toHaveLength(2);
  expect(kept.pid()).toBe(pids[1]);
  expect(told[0]).toContain('has died');
  await kept.stop();
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('a part that never ran has its reason thrown, and is not tried again [F5]', async () => {
  let starts = 0;
  const start = async () => {
    starts += 1;
    throw new Error('the port is taken');
  };
  await expect(keepRunning('server', start, { tell: () => undefined, started: async () => undefined })).rejects.toThrow(
    'the port is taken',
  );
  expect(starts).toBe(1);
});
