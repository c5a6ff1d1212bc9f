/** A Podman without root, of an account of its own: what gets out of a build there has that account, and none of ours. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from './accounts.ts';
import { buildSocket, buildSockets, makeBuildFolders } from './build-folders.ts';
import { listenFor } from './listen.ts';
import { containersConf } from './podman-config.ts';
import { pings } from './podman-host.ts';
import { where } from './locate.ts';
import { endPause } from './pause-process.ts';
import { startProcess, waitUntil } from './process.ts';
import { lendTun } from './tun.ts';

export interface BuildEngineOptions {
  readonly account: Account;
  /** Holds its log, its socket and what it forgets when the machine restarts; in a folder that only root writes to. */
  readonly runDir: string;
  /** Which of the engines of this account it is: each has a socket of its own, and all have the same images. */
  readonly name?: string;
}

export interface BuildEngine {
  readonly socket: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

const READY_MS = 30_000;
/** The program is still the shell's process, whose id the variable has to name (sd_listen_fds(3)). */
const WITH_SOCKET = 'LISTEN_PID=$$ exec "$@"';

/**
 * Starts its API as that account, which only root can do. Images stay in the account's home.
 *
 * @throws Error when it does not come up, with its log
 */
export async function startBuildEngine({ account, runDir, name = 'podman' }: BuildEngineOptions): Promise<BuildEngine> {
  const { user, tmp } = makeBuildFolders(runDir, account);
  lendTun(account);
  const socket = buildSocket(runDir, name);
  const conf = join(runDir, 'containers.conf');
  writeFileSync(conf, containersConf());
  const ids = ['--reuid', String(account.uid), '--regid', String(account.gid), '--clear-groups'];
  const listening = await listenFor(socket, account);
  const service = await startProcess({
    command: '/bin/sh',
    args: ['-c', WITH_SOCKET, 'sh', where('setpriv'), ...ids, where('podman'), ...SERVE],
    cwd: user,
    env: {
      HOME: account.home,
      USER: account.name,
      XDG_RUNTIME_DIR: user,
      TMPDIR: tmp,
      CONTAINERS_CONF: conf,
      LISTEN_FDS: '1',
    },
    socket: listening.fd,
    logFile: join(runDir, `${name}.log`),
  }).finally(listening.handOver);
  await waitUntil(service, (signal) => pings(socket, signal), {
    what: `serve Podman's API as ${account.name} on ${socket}`,
    timeoutMs: READY_MS,
  });
  const stop = async () => {
    await service.stop();
    rmSync(socket, { force: true });
    if (buildSockets(runDir).length === 0) endPause(join(user, 'libpod', 'tmp', 'pause.pid'), account.uid);
  };
  return { socket, pid: service.pid, stop };
}

const SERVE = ['system', 'service', '--time=0'] as const;
