/** A PostgreSQL of our own on the loopback address, with its data in one folder. */
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { where } from './locate.ts';
import { freePort, startProcess, waitUntil, withFreePorts } from './process.ts';

export interface PostgresOptions {
  /**
   * Data, password and log are kept here; started again on the same folder, it goes on with them. As root, every
   * folder above it must let the account `postgres` through.
   */
  readonly dir: string;
  /** A free one by default. */
  readonly port?: number;
}

export interface Postgres {
  /** `postgres://…`, password included. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
  /** As a crash would. */
  kill(): Promise<void>;
}

/** Up in 300 ms on a quiet machine. */
const READY_MS = 30_000;
const USER = 'landfall';
/** For tests, which need no power-failure safety: nothing waits for the disk. */
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'fsync=off',
  'full_page_writes=off',
  'shared_buffers=32MB',
];

/**
 * Creates the data folder if there is none (two seconds), starts PostgreSQL on it and resolves when it answers.
 *
 * @throws Error when PostgreSQL is missing, or with its log when it does not come up.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  return withFreePorts(options.port !== undefined, () => start(options));
}

async function start({ dir, port: given }: PostgresOptions): Promise<Postgres> {
  const port = given ?? (await freePort());
  // Through links: its other programs lie beside it, not beside the link.
  const bin = dirname(realpathSync(where('postgres')));
  const data = join(dir, 'data');
  if (!existsSync(join(data, 'PG_VERSION'))) initialise(bin, dir);
  const postgres = await startProcess({
    ...asPostgres(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...SETTINGS.flatMap((one) => ['-c', one])]),
    cwd: dir,
    logFile: join(dir, 'postgres.log'),
  });
  await waitUntil(postgres, () => isReady(bin, port), { what: `answer on 127.0.0.1:${port}`, timeoutMs: READY_MS });
  return {
    url: `postgres://${USER}:${readFileSync(join(dir, 'password'), 'utf8')}@127.0.0.1:${port}/postgres`,
    port,
    pid: postgres.pid,
    // Its fast shutdown: sessions are ended, not waited for (postgres(1), "SIGINT").
    stop: () => postgres.stop('SIGINT'),
    kill: () => postgres.kill(),
  };
}

function initialise(bin: string, dir: string): void {
  mkdirSync(dir, { recursive: true });
  const passwordFile = join(dir, 'password');
  writeFileSync(passwordFile, randomBytes(18).toString('hex'), { mode: 0o600 });
  if (isRoot()) execFileSync('chown', ['postgres:', dir, passwordFile]);
  chmodSync(dir, 0o700);
  const { command, args } = asPostgres(join(bin, 'initdb'), [
    '-D',
    join(dir, 'data'),
    '-U',
    USER,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ]);
  execFileSync(command, args, { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** PostgreSQL refuses to run as root, so root lets the account run it that the package made. */
function asPostgres(program: string, args: readonly string[]) {
  if (!isRoot()) return { command: program, args };
  const account = ['--reuid=postgres', '--regid=postgres', '--clear-groups'];
  return { command: 'setpriv', args: [...account, '--', program, ...args] };
}

const isRoot = (): boolean => process.getuid?.() === 0;

/** It listens before its recovery is over, so a connection alone says little. Throws while it is not ready. */
async function isReady(bin: string, port: number): Promise<boolean> {
  await promisify(execFile)(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)]);
  return true;
}
