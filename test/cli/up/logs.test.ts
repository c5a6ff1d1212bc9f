import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { boundLogs } from '../../../cli/up/logs.ts';
import { tempDir } from '../../support/tmp.ts';

test("long logs of the parts are moved aside, short ones and PostgreSQL's stay [H1]", () => {
  const dir = tempDir();
  const folders = ['temporal', 'podman', 'proxy', 'registry', 'postgres'];
  for (const folder of folders) mkdirSync(join(dir, folder));
  const long = ['landfall.log', 'temporal/temporal.log', 'podman/podman.log', 'registry/registry.log'];
  for (const file of [...long, 'postgres/postgres.log']) writeFileSync(join(dir, file), 'a long line of a log\n');
  writeFileSync(join(dir, 'proxy/haproxy.log'), 'short\n');

  boundLogs(dir, 10)();

  expect(globSync('**/*.log.1', { cwd: dir }).sort()).toEqual([...long].sort().map((file) => `${file}.1`));
  expect(readFileSync(join(dir, 'landfall.log'), 'utf8')).toBe('');
  expect(readFileSync(join(dir, 'landfall.log.1'), 'utf8')).toBe('a long line of a log\n');
  expect(existsSync(join(dir, 'proxy/haproxy.log.1'))).toBe(false);
});

test('a log that cannot be moved aside ends nothing [H1]', () => {
  const dir = tempDir();
  writeFileSync(join(dir, 'landfall.log'), 'a long line of a log\n');
  mkdirSync(join(dir, 'landfall.log.1'));
  for (const folder of ['proxy', 'registry']) mkdirSync(join(dir, folder));

  boundLogs(dir, 10)();

  expect(readFileSync(join(dir, 'landfall.log'), 'utf8')).toBe('a long line of a log\n');
});
