/** Opens the store: a PostgreSQL, whoever started it. */
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import pg from 'pg';
import type { Secret } from '../contracts/core/secret.ts';
import { onStore } from './failures.ts';
import { ImpatientClient } from './impatient-client.ts';
import { migrateAlone } from './migrate.ts';

/** The argument of queries: a database or a transaction. */
export type Database = PgDatabase<PgQueryResultHKT>;

export interface Store {
  readonly db: Database;
  /** One round trip, for readiness. @throws `StoreUnavailable` */
  ping(): Promise<void>;
  /** Waits for running queries. */
  close(): Promise<void>;
}

export interface StoreOptions {
  /**
   * `postgres://user:password@host/database`, or `postgres:///database?host=/folder-of-the-socket&user=…`; PostgreSQL 15 or
   * newer. Any number of processes.
   */
  readonly databaseUrl: Secret | string;
  /** Connections that this process keeps at most. Default 10. */
  readonly maxConnections?: number;
}

const CASING = { casing: 'snake_case' } as const;
/**
 * For a new connection, or a free one. With {@link QUERY_MS} less than the ten seconds that GitHub waits for an answer: a
 * database that stands still, or a network that swallows everything, is a 503 in time.
 */
const CONNECT_MS = 4_000;
/** No query here takes seconds; one that does waits for a lock, or the database stands still. */
const QUERY_MS = 5_000;
/** The server's own limit, which it answers in words when it still can. */
const STATEMENT_MS = 4_500;

/**
 * Opens the store and brings its schema up to date.
 *
 * @throws `StoreUnavailable` when PostgreSQL cannot be reached, and Error when the store is too new for this program
 */
export async function openStore({ databaseUrl, maxConnections = 10 }: StoreOptions): Promise<Store> {
  const connectionString = typeof databaseUrl === 'string' ? databaseUrl : databaseUrl.reveal();
  const connection = { connectionString, application_name: 'landfall', connectionTimeoutMillis: CONNECT_MS };
  await onStore(() => bringUpToDate(new pg.Client(connection)));
  const pool = new pg.Pool({
    ...connection,
    Client: ImpatientClient,
    max: maxConnections,
    query_timeout: QUERY_MS,
    statement_timeout: STATEMENT_MS,
    keepAlive: true,
  });
  // An idle connection that breaks is replaced by the next query; unheard, the event would end the process.
  pool.on('error', () => undefined);
  const db = drizzle({ client: pool, ...CASING });
  let closing: Promise<void> | undefined;
  return {
    db,
    ping: async () => {
      await onStore(() => db.execute(sql`select 1`));
    },
    close: () => (closing ??= pool.end()),
  };
}

async function bringUpToDate(client: pg.Client): Promise<void> {
  // A connection that breaks fails what waits for it; unheard, the event would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await migrateAlone(client);
  } finally {
    // With the connection goes the lock, whatever state an error left it in.
    await client.end();
  }
}
