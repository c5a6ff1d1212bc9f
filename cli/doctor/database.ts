/** Checks whether the database can be opened: the one that `landfall up` starts, or the given one. */
import { join } from 'node:path';
import pg from 'pg';
import { databaseAccount, DATABASE_ACCOUNT } from '../../infra/dev/postgres/account.ts';
import { majorOf } from '../../infra/dev/postgres/data-folder.ts';
import { findPrograms } from '../../infra/dev/postgres/programs.ts';
import { CliError, errorText } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';

const CONNECT_MS = 5_000;
/** The store's SQL needs this version. */
const OLDEST = 15;

/**
 * @returns the PostgreSQL that it is
 * @throws CliError when it cannot be used, or shares its account
 */
export async function database({ env }: CommandContext, dir: string): Promise<string> {
  const given = env['DATABASE_URL'] || undefined;
  return given === undefined ? embedded(join(dir, 'postgres', 'data'), env['LANDFALL_POSTGRES_BIN']) : reach(given);
}

async function embedded(data: string, bin: string | undefined): Promise<string> {
  const { major } = await findPrograms({ bin: bin || undefined, major: majorOf(data) });
  const account = databaseAccount();
  if (account === undefined) return `PostgreSQL ${String(major)}, in ${data}`;
  return `PostgreSQL ${String(major)}, in ${data}, as the account ${account.name}${
    account.name === DATABASE_ACCOUNT ? '' : ` until \`landfall up\` has made ${DATABASE_ACCOUNT}`
  }`;
}

/** @throws CliError in words that hold no password */
async function reach(connectionString: string): Promise<string> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECT_MS, query_timeout: CONNECT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    const version = rows[0]?.server_version ?? '';
    if (Number.parseInt(version, 10) >= OLDEST) return `PostgreSQL ${version}, by DATABASE_URL`;
    throw new Error(`it is PostgreSQL ${version}, and Landfall needs ${String(OLDEST)} or newer`);
  } catch (error) {
    throw new CliError('Reach the database', errorText(error), 'Start it, or correct DATABASE_URL.', { cause: error });
  } finally {
    await client.end();
  }
}
