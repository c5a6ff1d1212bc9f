/** A PostgreSQL of a test's own, which it may freeze, kill and cut off. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres } from '../../infra/dev/postgres/server.ts';
import type { Postgres, PostgresOptions } from '../../infra/dev/postgres/server.ts';
import { onCleanup } from './cleanup.ts';
import { preparedFolder } from './postgres.ts';
import { tempDir } from './tmp.ts';

export interface OwnPostgres extends Postgres {
  /** Holds `data` and `postgres.log`. */
  readonly dir: string;
  /** Stops all its processes, as a machine that hangs does. @returns what lets them go on */
  freeze(): Promise<() => void>;
}

/** Landfall's schema and not one row; durable as in production unless `volatile`. Stopped after the file's last test. */
export async function ownPostgres(options: Partial<PostgresOptions> = {}): Promise<OwnPostgres> {
  const dir = options.dir ?? join(tempDir(), 'postgres');
  // The three seconds of initdb are spent once.
  if (!existsSync(dir)) {
    mkdirSync(dir, { mode: 0o700 });
    execFileSync('cp', ['-a', preparedFolder(), join(dir, 'data')]);
  }
  const postgres = await startPostgres({ ...options, dir });
  const frozen = new Set<number>();
  const thaw = () => {
    for (const pid of frozen) signal(pid, 'SIGCONT');
    frozen.clear();
  };
  const kill = async () => {
    // A stopped one does not see that its postmaster is gone.
    for (const pid of frozen) signal(pid, 'SIGKILL');
    frozen.clear();
    await postgres.kill();
  };
  onCleanup(kill);
  return {
    ...postgres,
    kill,
    dir,
    freeze: async () => {
      // The postmaster first: it begins no other process then.
      for (const pid of [postgres.pid, ...childrenOf(postgres.pid)]) {
        signal(pid, 'SIGSTOP');
        frozen.add(pid);
      }
      return thaw;
    },
  };
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && parentOf(pid) === parent);
}

/** proc_pid_stat(5): the field after the state; the command, in parentheses, may hold anything. */
function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}
