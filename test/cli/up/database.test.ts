/** The database that `landfall up` starts, and the one of former versions that it cannot open. */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createContext } from '../../../cli/context.ts';
import { database as examine } from '../../../cli/doctor/database.ts';
import { startDatabase } from '../../../cli/up/parts.ts';
import type { Keep } from '../../../cli/up/parts.ts';
import { readSettings } from '../../../cli/up/settings.ts';
import { PassThrough } from 'node:stream';
import { freePort } from '../../../infra/dev/process.ts';
import { emptyDatabase } from '../../store/support/databases.ts';
import { tempDir } from '../../support/tmp.ts';

const GITHUB = {
  GITHUB_APP_ID: '1',
  GITHUB_WEBHOOK_SECRET: 'a-secret-of-the-test',
  GITHUB_APP_PRIVATE_KEY: 'a key',
  LANDFALL_HOSTS_FILE: '/hosts.json',
};

function contextWith(env: Readonly<Record<string, string>>) {
  const stream = () => new PassThrough();
  return createContext({
    ...{ stdin: stream(), stdout: stream(), stderr: stream(), cwd: tempDir(), home: tempDir() },
    env: { ...GITHUB, ...env },
    signal: new AbortController().signal,
  });
}

const settingsFor = (dataDir: string, env: Readonly<Record<string, string>> = {}) =>
  readSettings(contextWith(env), {
    ...{ listen: '127.0.0.1:8080', temporalPort: 1, temporalUiPort: 2, registryPort: 3, dataDir },
  });

const neverKept: Keep = async () => {
  throw new Error('A part was started.');
};

test('a data folder with a database of PGlite is refused with how to go on, and left as it is [B3]', async () => {
  const dir = tempDir();
  const former = join(dir, 'landfall', 'db');
  mkdirSync(former, { recursive: true });
  writeFileSync(join(former, 'PG_VERSION'), '17\n');
  const refusal: unknown = await startDatabase(settingsFor(dir), neverKept, () => undefined).catch(
    (error: unknown) => error,
  );
  expect(refusal).toMatchObject({ todo: expect.stringContaining(`mv ${former} ${former}.former`) as unknown });
  expect(readFileSync(join(former, 'PG_VERSION'), 'utf8')).toBe('17\n');
  // Moved away, there is nothing to refuse.
  rmSync(former, { recursive: true });
  await expect(startDatabase(settingsFor(dir), neverKept, () => undefined)).rejects.toThrow('A part was started.');
});

test('a given database is used, and none is started [F5]', async () => {
  const given = 'postgres://u:p@db.example/landfall';
  expect(await startDatabase(settingsFor(tempDir(), { DATABASE_URL: given }), neverKept, () => undefined)).toBe(given);
});

test('doctor names the database: the embedded one, one of another version, a given one, and one that is away [F5][F6]', async () => {
  const dir = tempDir();
  expect(await examine(contextWith({}), dir)).toContain('PostgreSQL 18');
  mkdirSync(join(dir, 'postgres', 'data'), { recursive: true });
  writeFileSync(join(dir, 'postgres', 'data', 'PG_VERSION'), '9\n');
  await expect(examine(contextWith({}), dir)).rejects.toThrow('made by PostgreSQL 9');

  const given = `${await emptyDatabase()}&password=hush-hush`;
  expect(await examine(contextWith({ DATABASE_URL: given }), dir)).toMatch(/^PostgreSQL 18\.\d+, by DATABASE_URL$/);
  const away = `postgres://u:hush-hush@127.0.0.1:${String(await freePort())}/d`;
  const refusal: unknown = await examine(contextWith({ DATABASE_URL: away }), dir).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ todo: 'Start it, or correct DATABASE_URL.' });
  expect(JSON.stringify(refusal) + String(refusal)).not.toContain('hush-hush');
});

test.each([
  ['PostgreSQL of the system', '#!/bin/sh\necho "postgres (PostgreSQL) 17.2"\n', 'PostgreSQL 17'],
  ['too old', '#!/bin/sh\necho "postgres (PostgreSQL) 13.2"\n', '15 or newer'],
])('doctor looks at the programs that LANDFALL_POSTGRES_BIN names: %s [F5]', async (_what, program, words) => {
  const bin = tempDir();
  writeFileSync(join(bin, 'postgres'), program);
  chmodSync(join(bin, 'postgres'), 0o755);
  const said = await examine(contextWith({ LANDFALL_POSTGRES_BIN: bin }), tempDir()).catch(String);
  expect(said).toContain(words);
});
