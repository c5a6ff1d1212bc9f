/** A Podman without root, of an account of its own: what gets out of a build there has that account, and none of ours. */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from './accounts.ts';
import { buildSocket, buildSockets, makeBuildFolders, type BuildPlaces } from './build-folders.ts';
import { SMALL_HEAP } from './go.ts';
import { listenFor } from './listen.ts';
import { containersConf } from './podman-config.ts';
import { pings } from './podman-host.ts';
import { where } from './locate.ts';
import { endPause } from './pause-process.ts';
import { startProcess, waitUntil, type ProcessOptions } from './process.ts';

export interface BuildEngineOptions extends Omit<BuildPlaces, 'name'> {
  readonly account: Account;
  /** All engines of one account have the same images. */
  readonly name?: string;
}

export interface BuildEngine {
  readonly socket: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

const READY_MS = 30_000;
/** The time to remove what killed builds unpacked. The next start removes the rest. */
const EMPTY_MS = 60_000;
const READ_BY_ALL = 0o644;
/** The program is still the shell's process, whose id the variable has to name (sd_listen_fds(3)). */
const WITH_SOCKET = 'LISTEN_PID=$$ exec "$@"';

/**
 * Starts the engine's API as that account, which only root can do. Images stay in the account's home. Files that killed
 * builds unpacked are removed first.
 *
 * @throws Error when it does not come up, with its log
 */
export async function startBuildEngine({
  account,
  name = 'podman',
  ...dirs
}: BuildEngineOptions): Promise<BuildEngine> {
  const { runDir } = dirs;
  const { user, tmp } = makeBuildFolders({ ...dirs, name }, account);
  const socket = buildSocket(runDir, name);
  const conf = join(runDir, 'containers.conf');
  writeFileSync(conf, containersConf());
  // The account must read it, even under a umask that lets only us read.
  chmodSync(conf, READ_BY_ALL);
  const ids = ['--reuid', String(account.uid), '--regid', String(account.gid), '--clear-groups'];
  const asAccount = [where('setpriv'), ...ids, where('podman')];
  const common = {
    cwd: user,
    env: { HOME: account.home, USER: account.name, XDG_RUNTIME_DIR: user, TMPDIR: tmp, CONTAINERS_CONF: conf },
    logFile: join(runDir, `${name}.log`),
  };
  await empty(tmp, asAccount, common);
  const listening = await listenFor(socket, account);
  const service = await startProcess({
    ...common,
    command: '/bin/sh',
    args: ['-c', WITH_SOCKET, 'sh', ...asAccount, ...SERVE],
    env: { ...common.env, ...SMALL_HEAP, LISTEN_FDS: '1' },
    socket: listening.fd,
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

/**
 * The account itself removes them: root could be led elsewhere by a link that the account swaps in. In its user
 * namespace the files of its subordinate users are its own.
 */
async function empty(
  folder: string,
  [command = '', ...podman]: readonly string[],
  common: Pick<ProcessOptions, 'cwd' | 'env' | 'logFile'>,
): Promise<void> {
  const remove = ['unshare', 'find', folder, '-xdev', '-mindepth', '1', '-delete'];
  const removal = await startProcess({ ...common, command, args: [...podman, ...remove] });
  const patience = new AbortController();
  const tooLong = delay(EMPTY_MS, true, { signal: patience.signal }).catch(() => false);
  const isSlow = await Promise.race([removal.exited.then(() => false), tooLong]);
  patience.abort();
  if (isSlow) await removal.kill();
}

const SERVE = ['system', 'service', '--time=0'] as const;
