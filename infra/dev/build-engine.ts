/** A Podman without root, of an account of its own: what gets out of a build there has that account, and none of ours. */
import { chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from './accounts.ts';
import { containersConf } from './podman-config.ts';
import { pings } from './podman-host.ts';
import { where } from './locate.ts';
import { startProcess, waitUntil, type Process } from './process.ts';

export interface BuildEngineOptions {
  readonly account: Account;
  /** Its socket and what it forgets when the machine restarts; made for it, and closed to others. */
  readonly runDir: string;
}

export interface BuildEngine {
  readonly socket: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

const READY_MS = 30_000;

/**
 * Starts its API as that account, which only root can do. Images stay in the account's home.
 *
 * @throws Error when it does not come up, with its log
 */
export async function startBuildEngine({ account, runDir }: BuildEngineOptions): Promise<BuildEngine> {
  const socket = join(runDir, 'podman.sock');
  for (const dir of [runDir, join(runDir, 'tmp')]) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    chownSync(dir, account.uid, account.gid);
  }
  rmSync(socket, { force: true });
  const conf = join(runDir, 'containers.conf');
  writeFileSync(conf, containersConf());
  const ids = ['--reuid', String(account.uid), '--regid', String(account.gid), '--clear-groups'];
  const service = await startProcess({
    command: where('setpriv'),
    args: [...ids, where('podman'), 'system', 'service', '--time=0', `unix://${socket}`],
    cwd: runDir,
    env: {
      HOME: account.home,
      USER: account.name,
      XDG_RUNTIME_DIR: runDir,
      TMPDIR: join(runDir, 'tmp'),
      CONTAINERS_CONF: conf,
    },
    logFile: join(runDir, 'podman.log'),
  });
  await waitUntil(service, (signal) => pings(socket, signal), {
    what: `serve Podman's API as ${account.name} on ${socket}`,
    timeoutMs: READY_MS,
  });
  return { socket, pid: service.pid, stop: () => stop(service, runDir) };
}

async function stop(service: Process, runDir: string): Promise<void> {
  await service.stop();
  // Podman without root keeps its namespaces by a process that outlives it.
  const pid = read(join(runDir, 'libpod', 'tmp', 'pause.pid'));
  if (pid > 1 && isPause(pid)) process.kill(pid, 'SIGKILL');
}

function read(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}

function isPause(pid: number): boolean {
  try {
    return /catatonit|podman/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return false;
  }
}
