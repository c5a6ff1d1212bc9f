/** Serves the API of this user's own Podman. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { SMALL_HEAP } from './go.ts';
import { where } from './locate.ts';
import { pings } from './podman-host.ts';
import { startProcess, waitUntil } from './process.ts';

const READY_MS = 30_000;

export interface RunEngine {
  readonly socket: string;
  readonly pid: number;
  /** Ends the API. Containers go on: they are no children of it. */
  readonly stop: () => Promise<void>;
}

/** The socket of the API that is served in this folder. */
export const runEngineSocket = (dir: string): string => join(dir, 'podman.sock');

/**
 * Starts `podman system service` with this user's images and containers, and resolves once it answers.
 *
 * @param dir - holds the socket and the log; its path is short, since a socket's has 107 characters at most (unix(7))
 * @param env - Podman's own settings of this user: another storage has none of this user's containers
 * @throws Error when Podman is missing, or with its log when it does not come up
 */
export async function startRunEngine(dir: string, env: Readonly<Record<string, string>>): Promise<RunEngine> {
  const socket = runEngineSocket(dir);
  rmSync(socket, { force: true });
  const service = await startProcess({
    command: where('podman'),
    args: ['system', 'service', '--time=0', `unix://${socket}`],
    env: { ...SMALL_HEAP, ...env },
    // Conmon leaves a file there when a container runs out of memory.
    cwd: dir,
    logFile: join(dir, 'podman.log'),
  });
  await waitUntil(service, (signal) => pings(socket, signal), {
    what: `serve Podman's API on ${socket}`,
    timeoutMs: READY_MS,
  });
  const stop = async () => {
    await service.stop();
    rmSync(socket, { force: true });
  };
  return { socket, pid: service.pid, stop };
}
