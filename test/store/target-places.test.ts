/** Rows from before places and kinds were apart (migration 0014), read by the code of today. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { openStore } from '../../store/open.ts';
import { livePorts } from '../../store/queries/names.ts';
import { portsOfOthers } from '../../store/queries/ports.ts';
import { queuesOf } from '../../store/queries/in-progress.ts';
import { findReleaseInput } from '../../store/queries/release-views.ts';
import { onCleanup } from '../support/cleanup.ts';
import { podmanTarget } from '../support/targets/podman.ts';
import { tempDir } from '../support/tmp.ts';
import { emptyDatabase } from './support/databases.ts';
import { release } from './support/samples.ts';

/** The schema as it was before the migration of that number. */
async function databaseBefore(number: number): Promise<{ readonly databaseUrl: string; readonly client: pg.Client }> {
  const migrationsFolder = join(tempDir(), 'migrations');
  cpSync(fileURLToPath(new URL('../../store/migrations', import.meta.url)), migrationsFolder, { recursive: true });
  const file = join(migrationsFolder, 'meta', '_journal.json');
  const journal = JSON.parse(readFileSync(file, 'utf8')) as { readonly entries: readonly { readonly idx: number }[] };
  writeFileSync(file, JSON.stringify({ ...journal, entries: journal.entries.filter(({ idx }) => idx < number) }));
  const databaseUrl = await emptyDatabase();
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await migrate(drizzle({ client }), { migrationsFolder });
  return { databaseUrl, client };
}

test('what was written before an update is deployed, retried and warned of after it [B3][F5]', async () => {
  const { databaseUrl, client } = await databaseBefore(14);
  const before = { kind: 'podman', hosts: ['one', 'two'], strategy: 'recreate', publishPort: 30_080 };
  const now = podmanTarget(['one', 'two'], { strategy: 'recreate', publishPort: 30_080 });
  const settings = (name: string) => ({ name, production: true, target: before });
  const input = { ...release('shop', 41), environments: [settings('staging'), settings('production')] };
  const none = { ...release('shop', 42), environments: [] };
  for (const one of [input, none]) {
    await client.query(
      `insert into releases (id, project, service, sequence, request_key, by_name, ref, commit, subject, actor_kind, actor_name, input, state, created_at)
       values ($1, 'shop', 'web', $2, $1, false, 'main', $3, 'Begin', 'github', 'octocat', $4, 'deploying', now())`,
      [one.releaseId, one.sequence, one.commit, JSON.stringify(one)],
    );
  }
  await client.query(
    `insert into projects (name, clone_url, created_at) values ('shop', 'https://git.test/shop.git', now())`,
  );
  await client.query(
    `insert into services (project, service, branch, declared, updated_at) values ('shop', 'web', 'main', true, now())`,
  );
  await client.query(
    `insert into environments (project, service, environment, branch, auto_deploy, production, settings, updated_at)
     values ('shop', 'web', 'production', 'main', true, true, $1, now())`,
    [JSON.stringify(settings('production'))],
  );
  await client.query(
    `insert into environment_live (project, service, environment, live, since) values ('shop', 'web', 'production', '{}', now())`,
  );
  await client.end();

  const store = await openStore({ databaseUrl });
  onCleanup(() => store.close());

  const read = await findReleaseInput(store.db, input.releaseId);
  expect(read).toEqual({
    ...input,
    environments: input.environments.map((one) => ({ ...one, target: now })),
  });
  expect(await findReleaseInput(store.db, none.releaseId)).toEqual(none);
  expect(await queuesOf(store.db, 'shop.web.production.41')).toEqual(['host/one', 'host/two']);
  expect(await livePorts(store.db, 'shop')).toEqual([
    { project: 'shop', service: 'web', environment: 'production', places: now.places, port: 30_080 },
  ]);
  expect(await portsOfOthers(store.db, 'blog')).toEqual(
    now.places.map((place) => ({ place, port: 30_080, by: 'shop.web.production' })),
  );
});
