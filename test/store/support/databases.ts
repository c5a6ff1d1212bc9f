/** Both databases that the store runs on, as tests open them. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres, type Postgres } from '../../../infra/dev/postgres.ts';
import { openStore, type Store } from '../../../store/open.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { tempDir } from '../../support/tmp.ts';
import { copyEmptyDatabase } from './empty-database.ts';

export const DATABASES = ['PGlite', 'PostgreSQL'] as const;
export type DatabaseName = (typeof DATABASES)[number];

let server: Promise<Postgres> | undefined;

/** The file's own PostgreSQL, started when it is asked for first. */
export function postgres(): Promise<Postgres> {
  server ??= launch();
  return server;
}

async function launch(): Promise<Postgres> {
  // Not in the run's folder, which is closed to the account that PostgreSQL runs as.
  const dir = mkdtempSync(join(tmpdir(), 'lf-postgres-'));
  const started = await startPostgres({ dir });
  onCleanup(async () => {
    await started.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  return started;
}

/** An empty database of that server. @returns its URL */
export async function emptyDatabase(): Promise<string> {
  const { url } = await postgres();
  const name = `test_${randomBytes(6).toString('hex')}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return url.replace(/[^/]+$/, name);
}

/** A `dataDir` with an embedded database that nothing was ever written to. */
export async function emptyDataDir(): Promise<string> {
  const dir = tempDir();
  await copyEmptyDatabase(join(dir, 'db'));
  return dir;
}

/** An empty store, closed after the file's last test. */
export async function openTestStore(name: DatabaseName): Promise<Store> {
  const store = await openStore(
    name === 'PGlite' ? { dataDir: await emptyDataDir() } : { databaseUrl: await emptyDatabase(), maxConnections: 30 },
  );
  onCleanup(() => store.close());
  return store;
}
