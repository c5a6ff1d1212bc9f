/** A Podman without root, of an account of its own: what gets out of a build there has that account, and none of ours. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from './accounts.ts';
import { buildSocket, makeBuildFolders } from './build-folders.ts';
import { containersConf } from './podman-config.ts';
import { pings } from './podman-host.ts';
import { where } from './locate.ts';
import { endPause } from './pause-process.ts';
import { startProcess, waitUntil } from './process.ts';

export interface BuildEngineOptions {
  readonly account: Account;
  /** Holds its log, its socket and what it forgets when the machine restarts; in a folder that only root writes to. */
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
  const { user, tmp } = makeBuildFolders(runDir, account);
  const socket = buildSocket(runDir);
  rmSync(socket, { force: true });
  const conf = join(runDir, 'containers.conf');
  writeFileSync(conf, containersConf());
  const ids = ['--reuid', String(account.uid), '--regid', String(account.gid), '--clear-groups'];
  const service = await startProcess({
    command: where('setpriv'),
    args: [...ids, where('podman'), 'system', 'service', '--time=0', `unix://${socket}`],
    cwd: user,
    env: {
      HOME: account.home,
      USER: account.name,
      XDG_RUNTIME_DIR: user,
      TMPDIR: tmp,
      CONTAINERS_CONF: conf,
    },
    logFile: join(runDir, 'podman.log'),
  });
  await waitUntil(service, (signal) => pings(socket, signal), {
    what: `serve Podman's API as ${account.name} on ${socket}`,
    timeoutMs: READY_MS,
  });
  const stop = async () => {
    await service.stop();
    endPause(join(user, 'libpod', 'tmp', 'pause.pid'), account.uid);
  };
  return { socket, pid: service.pid, stop };
}
