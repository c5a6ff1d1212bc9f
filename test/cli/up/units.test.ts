import { writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { assertNoUnit, readUnits, unitsFile, unitsText } from '../../../cli/up/units.ts';
import { tempDir } from '../../support/tmp.ts';
import { landfall } from '../support/run.ts';

test('what a unit runs in a folder is not started there a second time, and `landfall down` says who ends it [H1][F6]', async () => {
  const dir = tempDir();
  assertNoUnit(dir, 'database');
  writeFileSync(unitsFile(dir), unitsText({ database: 'landfall-postgres.service' }));
  expect(readUnits(dir)).toEqual({ database: 'landfall-postgres.service' });
  assertNoUnit(dir, 'proxy');
  expect(() => assertNoUnit(dir, 'database')).toThrow('landfall-postgres.service of systemd runs it there');

  const { code, stdout } = await landfall(['down', '--data-dir', dir]);
  expect(code).toBe(0);
  expect(stdout).toContain('`systemctl stop landfall-postgres.service`');
});

test('a note that Landfall did not write is named [F6]', () => {
  const dir = tempDir();
  writeFileSync(unitsFile(dir), '{"database": 1}');
  expect(() => readUnits(dir)).toThrow('it is not what Landfall writes');
});
