/** The store's schema: what it lacks, what changed it last, and bringing it up to date. */
import { fileURLToPath } from 'node:url';
import { desc, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type pg from 'pg';
import journal from './migrations/meta/_journal.json' with { type: 'json' };
import { programVersions } from './schema.ts';

/**
 * The newest migration that a program has to know in order to work on this store. Those after it only expand, so a version
 * without them works on. test/store/migrations.test.ts holds them to that and says when this may move.
 */
export const NEEDED_MIGRATION = '0017_versions';

const CASING = { casing: 'snake_case' } as const;
const MIGRATIONS = { migrationsFolder: fileURLToPath(new URL('./migrations', import.meta.url)) };
/** Any constant of our own: its holder migrates, the others wait. */
const MIGRATION_LOCK = 7_204_118_366;

/** A version of Landfall that has worked on the store. */
export interface PastVersion {
  readonly version: string;
  /** Identifies its workflows' code. */
  readonly workflows: string;
}

export interface StoreStanding {
  /** The version that took over last. `undefined` on a new store. */
  readonly last: PastVersion | undefined;
  /** Migrations that this program knows and the store lacks, oldest first. */
  readonly lacks: readonly string[];
  /** True when a newer version has added to it what this program does not know. */
  readonly isNewer: boolean;
}

/**
 * Changes nothing.
 *
 * @param client - connected
 * @throws Error when a newer version has changed the store so that this program cannot work on it
 */
export async function standingOf(client: pg.Client): Promise<StoreStanding> {
  const known = new Map(journal.entries.map(({ tag, when }) => [when, tag]));
  const run = await migrationsRun(client);
  const versions = await versionsOn(client);
  const stranger = versions.find(({ needs }) => !journal.entries.some(({ tag }) => tag === needs));
  if (stranger !== undefined) throw tooOld(stranger);
  return {
    last: versions[0],
    lacks: [...known].flatMap(([when, tag]) => (run.includes(when) ? [] : [tag])),
    isNewer: run.some((when) => !known.has(when)),
  };
}

/**
 * Processes that start at once would run the same migration: the lock lets them through one by one. Neither that wait nor a
 * migration is a slow query, so there is no limit on them.
 *
 * @param client - connected; its end frees the lock
 * @throws Error as {@link standingOf}; a migration that fails leaves the schema as it was
 */
export async function migrateAlone(client: pg.Client): Promise<void> {
  await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
  await standingOf(client);
  await migrate(drizzle({ client, ...CASING }), MIGRATIONS);
}

/** @returns when each migration that the store has was made, in milliseconds, as the journal says it */
async function migrationsRun(client: pg.Client): Promise<readonly number[]> {
  if (!(await hasTable(client, 'drizzle.__drizzle_migrations'))) return [];
  const { rows } = await client.query<{ created_at: string }>('select created_at from drizzle.__drizzle_migrations');
  return rows.map((row) => Number(row.created_at));
}

/** The one that took over last comes first. */
async function versionsOn(client: pg.Client): Promise<readonly (PastVersion & { readonly needs: string })[]> {
  if (!(await hasTable(client, 'program_versions'))) return [];
  return drizzle({ client, ...CASING })
    .select({ version: programVersions.version, workflows: programVersions.workflows, needs: programVersions.needs })
    .from(programVersions)
    .orderBy(desc(programVersions.at), sql`${programVersions.version} desc`);
}

async function hasTable(client: pg.Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>('select to_regclass($1) is not null as found', [name]);
  return rows[0]?.found === true;
}

const tooOld = ({ version, needs }: { readonly version: string; readonly needs: string }) =>
  new Error(
    `The database is too new for this version of Landfall: Landfall ${version} has changed it in a way that this one does not know (${needs}). Nothing was changed now. Start Landfall ${version} or a newer one, or put back a back-up from before its first start (docs/upkeep.md, "Update and back").`,
  );
