/**
 * A Podman engine of its own beside any other on this machine: storage, default network, locks, API socket. Networks
 * that are created by name are shared by name: Podman keeps their DNS and addresses in one place per machine.
 */
import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { removeForwarding } from './forwarding.ts';
import { SMALL_HEAP } from './go.ts';
import { where } from './locate.ts';
import { startProcess, waitUntil, type Process } from './process.ts';
import { writePodmanConfig, type PodmanConfig, type StorageDriver } from './podman-config.ts';

export interface PodmanHostOptions {
  /** Everything of this host is kept here. Short: sockets below it have at most 107 characters. */
  readonly dir: string;
  readonly name: string;
  /** host:port of registries that speak plain HTTP. */
  readonly registries: readonly string[];
}

export interface PodmanHost {
  readonly name: string;
  readonly dir: string;
  /** Absolute path of the REST API's socket. */
  readonly socket: string;
  readonly pid: number;
  /** The command line on this host. @throws Error with podman's own words when it fails. */
  readonly podman: (args: readonly string[]) => Promise<{ stdout: string }>;
  /** Ends the API as a crash would; containers keep running. {@link PodmanHost.stop} still clears everything. */
  readonly kill: () => Promise<void>;
  /** Removes the containers, ends the API and unmounts. Images stay until `dir` is deleted. */
  readonly stop: () => Promise<void>;
}

const READY_MS = 30_000;
/** Removing a handful of containers takes under a second each on a busy machine. */
const COMMAND_MS = 120_000;
const REMOVALS = 10;
const BETWEEN_REMOVALS_MS = 300;
const DRIVERS = ['overlay', 'vfs'] as const satisfies readonly StorageDriver[];
/** sun_path of unix(7), without its closing zero. */
const SOCKET_PATH_MAX = 107;

/**
 * Starts the engine's API and resolves when it answers. Starting again on the same `dir` finds the images and
 * containers of before.
 *
 * @throws Error when Podman is missing, or with its log when it does not come up.
 */
export async function startPodmanHost({ dir, name, registries }: PodmanHostOptions): Promise<PodmanHost> {
  if (process.platform !== 'linux') {
    throw new Error(
      `A Podman host of its own needs Linux; this is ${process.platform}. Use a Linux machine or container.`,
    );
  }
  const socket = join(dir, 'podman.sock');
  if (Buffer.byteLength(socket) > SOCKET_PATH_MAX) {
    throw new Error(`${socket} is too long for a socket (${SOCKET_PATH_MAX} characters). Choose a shorter folder.`);
  }
  const command = where('podman');
  const config = await configure(command, dir, registries);
  const podman = (args: readonly string[]) => runPodman(command, config, args);
  rmSync(socket, { force: true });
  const service = await startProcess({
    command,
    args: [...config.flags, 'system', 'service', '--time=0', `unix://${socket}`],
    env: { ...SMALL_HEAP, ...config.env },
    // Conmon leaves a file there when a container runs out of memory.
    cwd: dir,
    logFile: join(dir, 'podman.log'),
  });
  await waitUntil(service, (signal) => pings(socket, signal), {
    what: `serve Podman's API on ${socket}`,
    timeoutMs: READY_MS,
  });
  return { name, dir, socket, pid: service.pid, podman, kill: service.kill, stop: () => clear(service, dir, podman) };
}

/** overlay where the kernel can mount it below `dir`, else vfs, which copies whole images and works anywhere. */
async function configure(command: string, dir: string, registries: readonly string[]): Promise<PodmanConfig> {
  const used = DRIVERS.filter((driver) => existsSync(join(dir, 'storage', `${driver}-images`)));
  const refusals: unknown[] = [];
  for (const driver of used.length === 0 ? DRIVERS : used) {
    const config = writePodmanConfig(dir, registries, driver);
    try {
      await runPodman(command, config, ['info']);
      return config;
    } catch (error) {
      refusals.push(error);
    }
  }
  throw new Error(refusals.map(String).join('\n'));
}

async function clear(service: Process, dir: string, podman: PodmanHost['podman']): Promise<void> {
  await service.stop();
  await removeContainers(podman);
  await podman(['network', 'prune', '--force']);
  await removeForwarding(dir).catch(() => undefined);
  // Storage that builds left mounted, and the graph's own mount point.
  await podman(['unmount', '--all', '--force']).catch(() => undefined);
  rmSync(join(dir, 'podman.sock'), { force: true });
}

/** Again when refused: a container that its restart policy is just starting can be neither stopped nor removed. */
async function removeContainers(podman: PodmanHost['podman']): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await podman(['rm', '--all', '--force', '--time', '0', '--volumes']);
      return;
    } catch (error) {
      if (attempt === REMOVALS) throw error;
      await delay(BETWEEN_REMOVALS_MS);
    }
  }
}

async function runPodman(
  command: string,
  { flags, env }: PodmanConfig,
  args: readonly string[],
): Promise<{ stdout: string }> {
  try {
    const { stdout } = await promisify(execFile)(command, [...flags, ...args], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      timeout: COMMAND_MS,
      killSignal: 'SIGKILL',
      maxBuffer: 16 * 1024 * 1024,
    });
    return { stdout };
  } catch (error) {
    const words = (error as { stderr?: string }).stderr?.trim();
    throw new Error(`podman ${args.join(' ')} failed: ${words || (error as Error).message}`, { cause: error });
  }
}

/** True when an engine's API answers on the socket. */
export async function pings(socketPath: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    get({ socketPath, path: '/v4.0.0/libpod/_ping', signal }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    }).once('error', reject);
  });
}
