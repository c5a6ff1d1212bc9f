import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { count, sql } from 'drizzle-orm';
import { failureOf } from '../../contracts/core/failures.ts';
import { Secret } from '../../contracts/core/secret.ts';
import { freePort } from '../../infra/dev/process.ts';
import { openStore } from '../../store/open.ts';
import { auditEvents } from '../../store/schema.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/tmp.ts';
import { emptyDataDir, emptyDatabase, postgres } from './support/databases.ts';

const WRITER = fileURLToPath(new URL('./support/writer.ts', import.meta.url));
const event = (id: string) => ({ id, at: new Date(0), actor: 'system:test', action: 'test', subject: 'x' });

describe('the embedded database', () => {
  test('opened again, it holds what was written and runs no migration twice [B3][F5]', async () => {
    const dataDir = join(tempDir(), 'made', 'for', 'it');
    const first = await openStore({ dataDir });
    await first.db.insert(auditEvents).values(event('one'));
    await first.close();
    expect(existsSync(join(dataDir, 'db.lock'))).toBe(false);

    const second = await openStore({ dataDir });
    onCleanup(() => second.close());
    expect(await second.db.select().from(auditEvents)).toMatchObject([{ id: 'one', at: new Date(0) }]);
    await second.ping();
  });

  test('a second process on the same folder is refused, and told who owns it [B3]', async () => {
    const dataDir = await emptyDataDir();
    const owner = await startWriter(dataDir);
    const refusal = await openStore({ dataDir }).catch((error: unknown) => error);
    expect(String(refusal)).toContain(`in use by process ${owner.pid}`);
    expect(String(refusal)).toContain(join(dataDir, 'db.lock'));
    await owner.kill();
  });

  test('a second opening in the same process is refused as well', async () => {
    const dataDir = await emptyDataDir();
    const store = await openStore({ dataDir });
    onCleanup(() => store.close());
    await expect(openStore({ dataDir })).rejects.toThrow(`in use by process ${process.pid}`);
  });

  test('killed while it writes, it loses nothing that was acknowledged, and the next process takes over [B3][F1]', async () => {
    const dataDir = await emptyDataDir();
    for (let round = 0; round < 2; round += 1) {
      const owner = await startWriter(dataDir);
      await owner.acknowledged(owner.before + 25);
      const acknowledged = await owner.kill();
      const store = await openStore({ dataDir });
      const ids = new Set((await store.db.select({ id: auditEvents.id }).from(auditEvents)).map(({ id }) => id));
      await store.close();
      expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
    }
  });

  test('a folder that cannot be opened gives its lock back', async () => {
    const dataDir = tempDir();
    mkdirSync(join(dataDir, 'db'));
    writeFileSync(join(dataDir, 'db', 'PG_VERSION'), 'nonsense');
    await expect(openStore({ dataDir })).rejects.toThrow();
    expect(existsSync(join(dataDir, 'db.lock'))).toBe(false);
  });
});

describe('PostgreSQL', () => {
  test('processes that start at once on an empty database bring it up to date once [B3][F5]', async () => {
    const databaseUrl = new Secret(await emptyDatabase());
    const stores = await Promise.all(Array.from({ length: 6 }, () => openStore({ databaseUrl, maxConnections: 2 })));
    const [first] = stores;
    await first?.db.insert(auditEvents).values(event('one'));
    expect(await stores.at(-1)?.db.select({ rows: count() }).from(auditEvents)).toEqual([{ rows: 1 }]);
    await Promise.all(stores.map((store) => store.close()));

    const again = await openStore({ databaseUrl });
    onCleanup(() => again.close());
    expect(await again.db.select({ rows: count() }).from(auditEvents)).toEqual([{ rows: 1 }]);
  });

  test('a database that is away is StoreUnavailable, without the password, and no crash when it goes away later', async () => {
    const refused = await openStore({ databaseUrl: `postgres://u:hush-hush@127.0.0.1:${await freePort()}/d` }).catch(
      (error: unknown) => error,
    );
    expect(failureOf(refused)?.type).toBe('StoreUnavailable');
    expect(String(refused)).not.toContain('hush-hush');

    const { url } = await postgres();
    const store = await openStore({ databaseUrl: await emptyDatabase(), maxConnections: 2 });
    onCleanup(() => store.close());
    const other = await openStore({ databaseUrl: url, maxConnections: 1 });
    onCleanup(() => other.close());
    const ended = store.db.execute(sql`select pg_sleep(20)`).then(
      () => undefined,
      (error: unknown) => error,
    );
    await eventually('the sleeping connection', async () => {
      const killed = await other.db.execute(
        sql`select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(20)%' and pid <> pg_backend_pid()`,
      );
      return JSON.stringify(killed).includes('true');
    });
    expect(await ended).toBeInstanceOf(Error);
    // The next query gets a new connection.
    await store.ping();
  });
});

/** A process that owns the folder and adds event after event, until it is killed. */
async function startWriter(dataDir: string) {
  const child = fork(WRITER, [dataDir], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
  const acknowledged: string[] = [];
  child.on('message', (id: string) => acknowledged.push(id));
  await once(child, 'message');
  const kill = async () => {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    return acknowledged;
  };
  onCleanup(async () => {
    if (child.exitCode === null && child.signalCode === null) await kill();
  });
  return {
    pid: child.pid,
    before: acknowledged.length,
    acknowledged: (atLeast: number) => eventually(`${atLeast} events`, () => acknowledged.length >= atLeast),
    kill,
  };
}
