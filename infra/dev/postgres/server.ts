/** The embedded database: a PostgreSQL of our own on a Unix socket, with everything it keeps in one folder. */
import { chmodSync, existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Account } from '../accounts.ts';
import { boundLog } from '../log-bounds.ts';
import { readForeign } from '../foreign-file.ts';
import { find } from '../locate.ts';
import { startProcess, waitUntil } from '../process.ts';
import type { Process } from '../process.ts';
import { assertOwns, assertReaches, databaseAccount, give, letDatabaseThrough } from './account.ts';
import { FILE_BYTES, initialise, majorOf, makeWay, ROLE } from './data-folder.ts';
import { postgresPrograms } from './programs.ts';

export interface PostgresOptions {
  /** Data, socket and log are kept here; started again on the same folder, it goes on with them. At most 90 bytes. */
  readonly dir: string;
  /** A folder with PostgreSQL's programs, in place of those that come with Landfall or the system. */
  readonly bin?: string | undefined;
  /** Programs that come with Landfall are copied to the folder: they stay when Landfall is replaced by another version. */
  readonly ownPrograms?: boolean;
  /**
   * Nothing waits for the disk: quick, and worth nothing after a power cut. It ends with its parent, also after kill -9.
   * For tests.
   */
  readonly volatile?: boolean;
  /** Given its process id at once, long before it is ready. */
  readonly spawned?: (pid: number) => Promise<void>;
}

export interface Postgres {
  /** Connects to the database `landfall`. Holds no password: the socket's peer identifies the user. */
  readonly url: string;
  readonly pid: number;
  /** Sessions are ended, not waited for. */
  readonly stop: () => Promise<void>;
  /** Ends it as a crash would. */
  readonly kill: () => Promise<void>;
}

/** Up in 150 ms on a quiet machine; after a crash it first replays its log. */
const READY_MS = 60_000;
/** Processes of a killed server end by themselves; until then a new one is refused. */
const FORMER_MS = 10_000;
const BETWEEN_STARTS_MS = 200;
const STILL_THERE = /pre-existing shared memory block/;
const DATABASE = 'landfall';
const LOG_BYTES = 4_000_000;
/** sun_path of unix(7). */
const MAX_SOCKET = 107;

/** The system's user is the role: no other user can connect, and there is no password to lose. */
const HBA = `local all ${ROLE} peer map=landfall\n`;

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // The default of 128 MB is more than the whole database has.
  shared_buffers: '32MB',
  max_wal_size: '256MB',
  jit: 'off',
  // In the data folder: one that is killed leaves nothing in the machine's shared memory.
  dynamic_shared_memory_type: 'mmap',
  // Starts, ends and crashes. Statements are not logged: their values may be secrets.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
};
const VOLATILE: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  max_connections: '400',
  max_wal_size: '1GB',
};

/**
 * Creates the data folder if there is none (three seconds), starts PostgreSQL on it and resolves when it answers.
 *
 * @throws Error when there is no PostgreSQL for it, when the data folder is of another major version, which stays as it is,
 *   or with the server's log when it does not come up.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { bin, ownPrograms = false, volatile = false } = options;
  const account = databaseAccount();
  mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  letDatabaseThrough(options.dir);
  const dir = realpathSync(options.dir);
  assertReaches(dir, account);
  const data = dataIn(dir);
  const socketDir = socketFolder(dir, account);
  const programs = await postgresPrograms({ bin, major: majorOf(data), copyTo: dir, isCopied: ownPrograms, account });
  if (!existsSync(data)) await initialise(data, { programs, account, volatile });
  else assertOwns(data, account);
  await makeWay(data, locksIn(dir));

  writeAccessFiles(dir);
  const args = argumentsOf(dir, volatile);
  const url = urlOf(socketDir, DATABASE);
  const server = await begin(
    { postgres: join(programs.bin, 'postgres'), args, dir, account, volatile },
    options.spawned,
  );
  const stopBounding = boundLog(server.logFile, LOG_BYTES);
  const end = async (ending: Promise<void>) => {
    stopBounding();
    await ending;
  };
  // Its fast shutdown (postgres(1), "SIGINT").
  return { url, pid: server.pid, stop: () => end(server.stop('SIGINT')), kill: () => end(server.kill()) };
}

interface Command {
  readonly postgres: string;
  readonly args: readonly string[];
  readonly dir: string;
  readonly account: Account | undefined;
  readonly volatile: boolean;
}

async function begin(command: Command, spawned?: (pid: number) => Promise<void>): Promise<Process> {
  const { postgres, args, dir, account, volatile } = command;
  const setpriv = volatile ? find('setpriv') : undefined;
  const socketDir = socketDirIn(dir);
  const deadline = performance.now() + FORMER_MS;
  for (;;) {
    const server = await startProcess({
      ...(setpriv === undefined
        ? { command: postgres, args }
        : { command: setpriv, args: ['--pdeathsig', 'INT', postgres, ...args] }),
      cwd: dataIn(dir),
      env: { LC_ALL: 'C' },
      logFile: join(dir, 'postgres.log'),
      ...(account && { account }),
    });
    await spawned?.(server.pid);
    try {
      await waitUntil(server, () => isReady(dataIn(dir), socketDir), {
        what: 'open its database',
        timeoutMs: READY_MS,
      });
      return server;
    } catch (error) {
      if (performance.now() > deadline || !STILL_THERE.test(String(error))) throw error;
      await delay(BETWEEN_STARTS_MS);
    }
  }
}

/** It listens before its recovery is over, and logs clients that come too early. Throws while it is not ready. */
async function isReady(data: string, socketDir: string): Promise<boolean> {
  // pg_ctl reads the same line (PostgreSQL, miscadmin.h, LOCK_FILE_LINE_PM_STATUS).
  if (readForeign(join(data, 'postmaster.pid'), FILE_BYTES)?.trimEnd().endsWith('ready') !== true) return false;
  const client = new pg.Client({ connectionString: urlOf(socketDir, 'postgres'), connectionTimeoutMillis: 2_000 });
  // A connection that breaks is not ready; unheard, the event would end our process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
    return true;
  } finally {
    await client.end();
  }
}

/** For libpq's programs as well. */
const urlOf = (socketDir: string, database: string): string =>
  `postgres:///${database}?host=${encodeURIComponent(socketDir)}&user=${ROLE}`;

const socketOf = (socketDir: string): string => join(socketDir, '.s.PGSQL.5432');

function socketFolder(dir: string, account: Account | undefined): string {
  const folder = socketDirIn(dir);
  if (Buffer.byteLength(socketOf(folder)) > MAX_SOCKET) {
    throw new Error(`The name of ${dir} is too long for the database's socket in it: choose a shorter data folder.`);
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (account) give(folder, account);
  return folder;
}

const dataIn = (dir: string): string => join(dir, 'data');
const socketDirIn = (dir: string): string => join(dir, 's');

function argumentsOf(dir: string, volatile: boolean): string[] {
  const { hba, ident } = accessFilesIn(dir);
  const configuration = {
    ...SETTINGS,
    ...(volatile && VOLATILE),
    hba_file: hba,
    ident_file: ident,
    unix_socket_directories: socketDirIn(dir),
  };
  return ['-D', dataIn(dir), ...Object.entries(configuration).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

export interface PostgresPlan {
  /** Connects to the database as the user that made the folder ready. */
  readonly url: string;
  readonly args: readonly string[];
  /** The working folder. */
  readonly data: string;
  /** Files of a server that is gone, which keep a new one from starting when they are empty (a power cut). */
  readonly locks: readonly string[];
}

/**
 * What PostgreSQL is started from, for a program other than ours that starts it in a folder where
 * {@link startPostgres} has run before. Changes nothing.
 */
export function postgresPlan(dir: string): PostgresPlan {
  const socketDir = socketDirIn(dir);
  return {
    url: urlOf(socketDir, DATABASE),
    args: argumentsOf(dir, false),
    data: dataIn(dir),
    locks: locksIn(dir),
  };
}

const locksIn = (dir: string): readonly string[] => [
  join(dataIn(dir), 'postmaster.pid'),
  `${socketOf(socketDirIn(dir))}.lock`,
];

const accessFilesIn = (dir: string) => ({ hba: join(dir, 'hba.conf'), ident: join(dir, 'ident.conf') });

/**
 * The access rules (PostgreSQL manual, "Client Authentication"). Each start writes them, so that a restored folder lets
 * us in.
 */
function writeAccessFiles(dir: string): void {
  const { hba, ident } = accessFilesIn(dir);
  writeFileSync(hba, HBA);
  writeFileSync(ident, `landfall "${userInfo().username}" ${ROLE}\n`);
  // The database's account must read these files, even under a umask that lets only us read.
  for (const file of [hba, ident]) chmodSync(file, 0o644);
}
