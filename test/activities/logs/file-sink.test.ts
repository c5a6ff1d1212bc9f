import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { LogLine } from '../../../contracts/deployment/logs.ts';
import { keepLogs } from '../../support/kept-logs.ts';
import { tempDir } from '../../support/tmp.ts';

const STREAM = 'build-shop.web.42';
const line = (text: string): LogLine => ({ at: 1, source: 'build', text });
const read = (dir: string): string[] =>
  readFileSync(join(dir, `${STREAM}.log`), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((one) => (JSON.parse(one) as LogLine).text);

test('keeps one JSON line a log line, in the order in which they were appended [B12]', async () => {
  const dir = join(tempDir(), 'logs');
  const sink = keepLogs(dir);

  await Promise.all(Array.from({ length: 50 }, (_, i) => sink.append(STREAM, [line(`${i}a`), line(`${i}b\nc`)])));

  expect(read(dir)).toEqual(Array.from({ length: 50 }, (_, i) => [`${i}a`, `${i}b\nc`]).flat());
});

test('two processes that write to one stream keep whole lines, each in its own order [F1]', async () => {
  const dir = tempDir();
  const module = new URL('../../support/kept-logs.ts', import.meta.url).href;
  const script = `
    const { keepLogs } = await import(${JSON.stringify(module)});
    const sink = keepLogs(${JSON.stringify(dir)});
    for (let i = 0; i < 200; i++) await sink.append(${JSON.stringify(STREAM)}, [{ at: 1, source: 'build', text: process.argv[1] + i }]);`;
  const writers = ['a', 'b'].map((name) =>
    spawn(process.execPath, ['--input-type=module', '--eval', script, name], {
      stdio: 'inherit',
      env: { PATH: process.env['PATH'] },
    }),
  );
  await Promise.all(writers.map((writer) => once(writer, 'exit')));

  const lines = read(dir);
  for (const name of ['a', 'b']) {
    expect(lines.filter((text) => text.startsWith(name))).toEqual(Array.from({ length: 200 }, (_, i) => `${name}${i}`));
  }
});

test('a line that a crash tore off does not spoil the next one [F1]', async () => {
  const dir = tempDir();
  appendFileSync(join(dir, `${STREAM}.log`), '{"at":1,"source":"build","text":"whole"}\n{"at":1,"sour');

  await keepLogs(dir).append(STREAM, [line('after')]);

  const lines = readFileSync(join(dir, `${STREAM}.log`), 'utf8').split('\n');
  expect(lines).toEqual([expect.stringContaining('whole'), '{"at":1,"sour', expect.stringContaining('after'), '']);
});

test.each(['../x', 'build-../../x', 'a', 'build-', 'build-a/b', 'build-A', '', 'build-.', 'build-a\n'])(
  'a stream called %j is dropped and reported',
  async (stream) => {
    const dir = tempDir();
    const errors: Error[] = [];

    await keepLogs(dir, (error) => errors.push(error)).append(stream, [line('x')]);

    expect(readdirSync(dir)).toEqual([]);
    expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining('is not the name of a log')]);
  },
);

test('a log at its limit takes nothing more, says so, and never fails the work [B12]', async () => {
  const dir = tempDir();
  const file = join(dir, `${STREAM}.log`);
  writeFileSync(file, '');
  truncateSync(file, 256 * 1024 * 1024);
  const errors: string[] = [];

  await keepLogs(dir, ({ message }) => errors.push(message)).append(STREAM, [line('too much')]);

  expect(errors).toEqual([expect.stringContaining('is full')]);
  expect(statSync(file).size).toBe(256 * 1024 * 1024);
});

test('a folder that cannot be written to never fails the work', async () => {
  const file = join(tempDir(), 'a-file');
  writeFileSync(file, '');
  const errors: Error[] = [];

  await keepLogs(file, (error) => errors.push(error)).append(STREAM, [line('lost')]);

  expect(errors[0]?.message).toContain('1 log lines of build-shop.web.42 could not be written');
  expect(existsSync(join(file, STREAM))).toBe(false);
});
