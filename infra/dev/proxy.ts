/** HAProxy in front of the containers of one host: reconfigured and reloaded without losing a request. */
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { where } from './locate.ts';
import { startProcess, waitUntil } from './process.ts';

export interface ProxyOptions {
  readonly dir: string;
}

export interface Proxy {
  /** Frontends and backends belong here; empty at first. Takes effect by `reload` on {@link Proxy.masterSocket}. */
  readonly configFile: string;
  /** The running worker's Runtime API. */
  readonly adminSocket: string;
  /**
   * The master's command line: `reload`, `show proc`. A reload cuts the connection (ECONNRESET), and for a moment
   * nobody listens (ECONNREFUSED).
   */
  readonly masterSocket: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/** Up in 100 ms on a quiet machine. */
const READY_MS = 15_000;

/**
 * Starts HAProxy as a master and its worker, and resolves when both take commands. What {@link Proxy.configFile} says
 * from an earlier run is kept.
 *
 * @throws Error when HAProxy is missing, or with its log when it refuses its configuration.
 */
export async function startProxy({ dir }: ProxyOptions): Promise<Proxy> {
  mkdirSync(dir, { recursive: true });
  const baseFile = join(dir, 'base.cfg');
  const configFile = join(dir, 'landfall.cfg');
  const adminSocket = join(dir, 'admin.sock');
  const masterSocket = join(dir, 'master.sock');
  writeFileSync(baseFile, base(adminSocket, join(dir, 'alive.sock')));
  if (!existsSync(configFile)) writeFileSync(configFile, '');
  // HAProxy does not remove its sockets when it is killed, and would be taken for ready by them.
  for (const socket of [adminSocket, masterSocket]) rmSync(socket, { force: true });
  const proxy = await startProcess({
    command: where('haproxy'),
    args: ['-W', '-S', `${masterSocket},mode,600`, '-f', baseFile, '-f', configFile],
    logFile: join(dir, 'haproxy.log'),
  });
  await waitUntil(
    proxy,
    async (signal) =>
      (await answers(masterSocket, 'show proc', signal)) && (await answers(adminSocket, 'show info', signal)),
    {
      what: `take commands on ${masterSocket} and ${adminSocket}`,
      timeoutMs: READY_MS,
    },
  );
  // SIGTERM ends master and worker at once; SIGUSR1 would wait for clients that keep their connections.
  return { configFile, adminSocket, masterSocket, pid: proxy.pid, stop: () => proxy.stop('SIGTERM') };
}

function base(adminSocket: string, aliveSocket: string): string {
  return `global
  stats socket ${adminSocket} mode 600 level admin expose-fd listeners
  stats timeout 1m
  nbthread 2
  maxconn 2000
  # A client that keeps a connection cannot keep the worker of before a reload for longer than this.
  hard-stop-after 1m

defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  timeout http-request 10s
  timeout http-keep-alive 30s
  # On a reload, clients with idle connections are told to close them rather than find them closed.
  option idle-close-on-response
  option redispatch
  retries 3
  retry-on conn-failure empty-response response-timeout

# HAProxy ends when nothing listens, and before the first service nothing else does.
frontend landfall-alive
  bind unix@${aliveSocket} mode 600
  http-request return status 200
`;
}

/**
 * Whether the command has an answer. A connection alone proves nothing: the master starts itself anew once its worker
 * runs. The first bytes are enough, because the master keeps the connection open after its answer.
 */
async function answers(socket: string, command: string, signal: AbortSignal): Promise<boolean> {
  const connection = connect(socket);
  try {
    connection.write(`${command}\n`);
    await once(connection, 'data', { signal });
    return true;
  } finally {
    connection.destroy();
  }
}
