/** Looks at a store without changing it, and before its schema is brought up to date. */
import pg from 'pg';
import type { Secret } from '../contracts/core/secret.ts';
import { onStore } from './failures.ts';
import { standingOf, type StoreStanding } from './migrate.ts';

const CONNECT_MS = 4_000;
const QUERY_MS = 5_000;

/**
 * @param databaseUrl - as of openStore; an empty database is a new store
 * @throws `StoreUnavailable` when PostgreSQL cannot be reached, and Error when the store is too new for this program
 */
export async function inspectStore(databaseUrl: Secret): Promise<StoreStanding> {
  return onStore(async () => {
    const client = new pg.Client({
      connectionString: databaseUrl.reveal(),
      application_name: 'landfall',
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: QUERY_MS,
    });
    // A connection that breaks fails what waits for it; unheard, the event would end the process.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await standingOf(client);
    } finally {
      await client.end();
    }
  });
}
