import { expect, test } from '@jest/globals';
import { readFileSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { takeFolder } from '../../../cli/up/run-record.ts';
import { startProcess } from '../../../infra/dev/process.ts';
import { tempDir } from '../../support/tmp.ts';

const sleeper = (dir: string) =>
  startProcess({
    command: process.execPath,
    args: ['-e', 'setInterval(() => undefined, 1000)'],
    logFile: join(dir, 'log'),
  });

const recording = (dir: string) => join(dir, 'running.json');
/** Makes the record look as if the `up` that wrote it had been killed: its process is no more. */
const orphan = (dir: string) =>
  writeFileSync(
    recording(dir),
    readFileSync(recording(dir), 'utf8').replace(/"up":\{[^}]*\}/, '"up":{"pid":2147483000,"start":"long ago"}'),
  );

test('what a killed `up` left running is ended by the next one [F1][F5]', async () => {
  const dir = tempDir();
  const part = await sleeper(dir);
  await (await takeFolder(dir)).note('temporal', part.pid);
  orphan(dir);
  await takeFolder(dir);
  expect(await part.exited).not.toBe(0);
  await part.stop();
});

test('a process that was given the same id later is left alone [F5]', async () => {
  const dir = tempDir();
  const part = await sleeper(dir);
  await (await takeFolder(dir)).note('temporal', part.pid);
  orphan(dir);
  const before = readFileSync(recording(dir), 'utf8');
  writeFileSync(recording(dir), before.replace(/("temporal":\{"pid":\d+,"start":")[^"]*/, '$1another time'));
  await takeFolder(dir);
  expect(process.kill(part.pid, 0)).toBe(true);
  await part.stop();
});

test('a folder that a living `up` uses is refused; one that was left in order is free [F5]', async () => {
  const dir = tempDir();
  const record = await takeFolder(dir);
  await expect(takeFolder(dir)).rejects.toThrow(/another `landfall up` \(process \d+\) does already/);
  await record.leave();
  expect(existsSync(recording(dir))).toBe(false);
  await takeFolder(dir);
});

test('a record that a crash cut off does not stop the next start [F1]', async () => {
  const dir = tempDir();
  writeFileSync(recording(dir), '{"up":{"pi');
  await takeFolder(dir);
});
