import { describe, expect, test } from '@jest/globals';
import { count, sql } from 'drizzle-orm';
import { failureOf } from '../../contracts/core/failures.ts';
import { Secret } from '../../contracts/core/secret.ts';
import { freePort } from '../../infra/dev/process.ts';
import { onStore } from '../../store/failures.ts';
import { openStore } from '../../store/open.ts';
import { auditEvents } from '../../store/schema.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { ownPostgres } from '../support/own-postgres.ts';
import { emptyDatabase, testDatabase } from './support/databases.ts';

const event = (id: string) => ({ id, at: new Date(0), actor: 'system:test', action: 'test', subject: 'x' });

describe('the store', () => {
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

    const databaseUrl = await testDatabase();
    const store = await openStore({ databaseUrl, maxConnections: 2 });
    onCleanup(() => store.close());
    const other = await openStore({ databaseUrl, maxConnections: 1 });
    onCleanup(() => other.close());
    const ended = store.db.execute(sql`select pg_sleep(4)`).then(
      () => undefined,
      (error: unknown) => error,
    );
    await eventually('the sleeping connection', async () => {
      const killed = await other.db.execute(
        sql`select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(4)%' and pid <> pg_backend_pid()`,
      );
      return JSON.stringify(killed).includes('true');
    });
    expect(await ended).toBeInstanceOf(Error);
    // The next query gets a new connection.
    await store.ping();
  });
});

describe('a database that stands still', () => {
  test('is StoreUnavailable in time, also in the middle of a transaction; once it goes on, so does everything [B3][F1]', async () => {
    const postgres = await ownPostgres();
    const store = await openStore({ databaseUrl: postgres.url, maxConnections: 3 });
    onCleanup(() => store.close());
    const begun = Promise.withResolvers<null>();
    const frozen = Promise.withResolvers<null>();
    const transaction = onStore(() =>
      store.db.transaction(async (tx) => {
        await tx.insert(auditEvents).values(event('half'));
        begun.resolve(null);
        await frozen.promise;
        await tx.insert(auditEvents).values(event('other half'));
      }),
    );
    await begun.promise;

    const goOn = await postgres.freeze();
    frozen.resolve(null);
    const startedAt = performance.now();
    // More than there are connections: some wait for one.
    const asked = [transaction, ...Array.from({ length: 5 }, () => store.ping())];
    const answers = await Promise.allSettled(asked);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    const failures = answers.map((one) => (one.status === 'rejected' ? failureOf(one.reason)?.type : one.status));
    expect(failures).toEqual(asked.map(() => 'StoreUnavailable'));

    goOn();
    await store.ping();
    // The server rolled back what was half done, and no connection is left waiting for its answer.
    await Promise.all(Array.from({ length: 6 }, () => store.ping()));
    expect(await store.db.select({ rows: count() }).from(auditEvents)).toEqual([{ rows: 0 }]);
  });
});
