/** Databases on the server that the run shares, as tests open them. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { openStore, type Store } from '../../../store/open.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { testRun } from '../../support/run.ts';

/** One with Landfall's schema and not one row, dropped after the file's last test. @returns its URL */
export const testDatabase = (): Promise<string> => create('landfall');

/** One with nothing in it, dropped after the file's last test. @returns its URL */
export const emptyDatabase = (): Promise<string> => create('template0');

async function create(template: string): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asOwner(`create database ${name} template ${template}`);
  onCleanup(() => asOwner(`drop database ${name} with (force)`));
  return urlOf(name);
}

/** Not on the database that the others are copied from: it may have no sessions while that is done. */
async function asOwner(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf('postgres') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

const urlOf = (database: string): string => testRun().postgres.replace(/\/landfall\?/, `/${database}?`);

/** An empty store, closed after the file's last test. */
export async function openTestStore(): Promise<Store> {
  const store = await openStore({ databaseUrl: await testDatabase(), maxConnections: 30 });
  onCleanup(() => store.close());
  return store;
}
