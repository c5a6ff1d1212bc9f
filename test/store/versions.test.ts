/** Versions of Landfall that take turns on one store: docs/upkeep.md, "Update and back". */
import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import pg from 'pg';
import { Secret } from '../../contracts/core/secret.ts';
import { inspectStore } from '../../store/inspect.ts';
import { NEEDED_MIGRATION } from '../../store/migrate.ts';
import journal from '../../store/migrations/meta/_journal.json' with { type: 'json' };
import { openStore } from '../../store/open.ts';
import { recordVersion } from '../../store/queries/versions.ts';
import { programVersions } from '../../store/schema.ts';
import { onCleanup } from '../support/cleanup.ts';
import { ownPostgres } from '../support/own-postgres.ts';
import { smallDisk } from '../support/small-disk.ts';
import { emptyDatabase, testDatabase } from './support/databases.ts';

const THIS = { version: '1.2.0', workflows: 'abc' };

async function opened(databaseUrl: string) {
  const store = await openStore({ databaseUrl, maxConnections: 1 });
  onCleanup(() => store.close());
  return store.db;
}

test('a store is looked at without a change: a new one lacks everything; an up-to-date one nothing, and knows the version that took over last [H2]', async () => {
  const databaseUrl = await emptyDatabase();
  const look = () => inspectStore(new Secret(databaseUrl));
  const isNew = { last: undefined, lacks: journal.entries.map(({ tag }) => tag), isNewer: false };
  expect(await look()).toEqual(isNew);
  expect(await look()).toEqual(isNew);

  const db = await opened(databaseUrl);
  expect(await look()).toEqual({ last: undefined, lacks: [], isNewer: false });
  await recordVersion(db, THIS, 2_000);
  await recordVersion(db, { version: '1.3.0', workflows: 'def' }, 1_000);
  expect(await look()).toMatchObject({ last: THIS });
  await recordVersion(db, { version: '1.3.0', workflows: 'ghi' }, 3_000);
  expect(await look()).toMatchObject({ last: { version: '1.3.0', workflows: 'ghi' } });
});

test('a store that a newer version has added to is opened; one that it has changed otherwise is refused by name, and stays as it is [H2][F1]', async () => {
  const databaseUrl = await testDatabase();
  const db = await opened(databaseUrl);
  await db.execute(sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('of 1.3.0', 9000000000000)`);
  await recordVersion(db, { version: '1.3.0', workflows: 'abc' }, 1_000);
  expect(await inspectStore(new Secret(databaseUrl))).toMatchObject({ lacks: [], isNewer: true });
  await opened(databaseUrl);

  await db.update(programVersions).set({ needs: '0099_other_way' });
  const refusal =
    /too new for this version of Landfall: Landfall 1[.]3[.]0 has changed it .*[(]0099_other_way[)].* Start Landfall 1[.]3[.]0 or a newer one/;
  await expect(inspectStore(new Secret(databaseUrl))).rejects.toThrow(refusal);
  await expect(openStore({ databaseUrl })).rejects.toThrow(refusal);

  // Back on the version that knows it, which is recorded beside the newer one.
  await db.update(programVersions).set({ needs: NEEDED_MIGRATION });
  await opened(databaseUrl);
});

test('a disk that is full while the schema is brought up to date leaves it as it was; with room again it is finished [H2][F1]', async () => {
  const disk = smallDisk(128);
  const postgres = await ownPostgres({ dir: `${disk.dir}/postgres` });
  // In order: processes of a killed one would hold the disk for a moment.
  onCleanup(() => postgres.stop());
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  onCleanup(() => client.end());
  await client.query('create database fresh template template0');
  const databaseUrl = postgres.url.replace(/[/]landfall[?]/, '/fresh?');
  const isNew = await inspectStore(new Secret(databaseUrl));

  disk.fill();
  await expect(openStore({ databaseUrl })).rejects.toThrow(/No space left on device/);

  disk.free();
  expect(await inspectStore(new Secret(databaseUrl))).toEqual(isNew);
  await opened(databaseUrl);
  expect(await inspectStore(new Secret(databaseUrl))).toMatchObject({ lacks: [] });
});
