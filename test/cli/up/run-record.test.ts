import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeFolder } from '../../../cli/up/run-record.ts';
import { startProcess } from '../../../infra/dev/process.ts';
import { tempDir } from '../../support/tmp.ts';

const RUN_RECORD = new URL('../../../cli/up/run-record.ts', import.meta.url).href;

const recording = (dir: string) => join(dir, 'running.json');

const sleeper = (dir: string) =>
  startProcess({
    command: process.execPath,
    args: ['-e', 'setInterval(() => undefined, 1000)'],
    logFile: join(dir, 'log'),
  });

/** An `up` of its own process that has noted this part, and is killed. */
async function killedUp(dir: string, part: number): Promise<void> {
  const program = `const { takeFolder } = await import(${JSON.stringify(RUN_RECORD)});
    await (await takeFolder(${JSON.stringify(dir)})).note('temporal', ${String(part)});
    console.log('noted');
    setInterval(() => undefined, 1000);`;
  const up = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(up.stdout, 'data');
  await expect(takeFolder(dir)).rejects.toThrow(`another \`landfall up\` (process ${String(up.pid)}) does already`);
  up.kill('SIGKILL');
  await once(up, 'exit');
}

test('what a killed `up` left running is ended by the next one [F1][F5]', async () => {
  const dir = tempDir();
  const part = await sleeper(dir);
  await killedUp(dir, part.pid);
  const record = await takeFolder(dir);
  expect(await part.exited).not.toBe(0);
  await part.stop();
  await record.leave();
});

test('a process that was given the same id later is left alone [F5]', async () => {
  const dir = tempDir();
  const part = await sleeper(dir);
  await killedUp(dir, part.pid);
  const before = readFileSync(recording(dir), 'utf8');
  writeFileSync(recording(dir), before.replace(/("temporal":\{"pid":\d+,"start":")[^"]*/, '$1another time'));
  const record = await takeFolder(dir);
  expect(process.kill(part.pid, 0)).toBe(true);
  await part.stop();
  await record.leave();
});

test('two that start at once: one has the folder [F5]', async () => {
  const dir = tempDir();
  const settled = await Promise.allSettled([takeFolder(dir), takeFolder(dir), takeFolder(dir)]);
  const taken = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  expect(taken).toHaveLength(1);
  await taken[0]?.leave();
});

test('a folder that a living `up` uses is refused; one that was left in order is free [F5]', async () => {
  const dir = tempDir();
  const record = await takeFolder(dir);
  await expect(takeFolder(dir)).rejects.toThrow(/another `landfall up` \(process \d+\) does already/);
  await record.leave();
  expect(readdirSync(dir)).toEqual([]);
  await (await takeFolder(dir)).leave();
});

test('a record that a crash cut off does not stop the next start [F1]', async () => {
  const dir = tempDir();
  writeFileSync(recording(dir), '{"up":{"pi');
  await (await takeFolder(dir)).leave();
});
