import { expect, test } from '@jest/globals';
import { join } from 'node:path';
import { keepRunning } from '../../../cli/up/keep-running.ts';
import { isAlive } from '../../../infra/dev/identity.ts';
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

test('left behind, only a part that carries traffic goes on; after a failed start, only one that is needed [F1][F5]', async () => {
  const left = async (lasting: boolean, isNeeded: boolean, unfinished: boolean) => {
    const part = await sleeper();
    const start = async () => ({
      ...part,
      ...(lasting && { lasting: { release: part.release, isNeeded: () => isNeeded } }),
    });
    const kept = await keepRunning('sleeper', start, { tell: () => undefined, started: async () => undefined });
    await kept.leave(unfinished);
    const goesOn = isAlive(part.pid);
    await part.kill();
    return goesOn;
  };
  expect(await left(false, false, false)).toBe(false);
  expect(await left(true, false, false)).toBe(true);
  expect(await left(true, false, true)).toBe(false);
  expect(await left(true, true, true)).toBe(true);
});
