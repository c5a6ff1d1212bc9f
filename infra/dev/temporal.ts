/** Temporal's development server: the whole of Temporal in one process, in memory or on one SQLite file. */
import { join } from 'node:path';
import { where } from './locate.ts';
import { freePort, startProcess, waitUntil, withFreePorts } from './process.ts';

export interface TemporalOptions {
  /** Log and database are kept here. */
  readonly dir: string;
  /** gRPC; a free one by default. */
  readonly port?: number;
  readonly uiPort?: number;
  /** Keeps workflows in a file, so that a restart continues them. False by default. */
  readonly persistent?: boolean;
  /** Registered before the first client connects: name to type ('Keyword', 'Int', …). */
  readonly searchAttributes?: Readonly<Record<string, string>>;
  /** More of the server's dynamic configuration: key to value, as JSON. */
  readonly dynamicConfig?: Readonly<Record<string, string>>;
}

export interface TemporalServer {
  /** host:port of the gRPC frontend. */
  readonly address: string;
  readonly uiUrl: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
  /** Ends it as a crash would: SIGKILL. */
  readonly kill: () => Promise<void>;
}

/** Up in one second on a quiet machine. */
const READY_MS = 30_000;

/**
 * Starts the server and resolves when its namespace `default` answers.
 *
 * @throws Error when the Temporal CLI is missing, or with the server's log when it does not come up.
 */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  return withFreePorts(options.port !== undefined || options.uiPort !== undefined, () => start(options));
}

async function start(options: TemporalOptions): Promise<TemporalServer> {
  const { dir, port, uiPort, persistent, searchAttributes = {}, dynamicConfig = {} } = options;
  const grpc = port ?? (await freePort());
  const ui = uiPort ?? (await freePort());
  const http = await freePort();
  const metrics = await freePort();
  const args = [
    ...temporalArguments({ port: grpc, uiPort: ui, ...(persistent === true && { dir }) }),
    ...['--http-port', String(http), '--metrics-port', String(metrics)],
    ...Object.entries(dynamicConfig).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]),
    ...Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
  ];
  const server = await startProcess({ command: where('temporal'), args, logFile: join(dir, 'temporal.log') });
  const namespace = `http://127.0.0.1:${http}/api/v1/namespaces/default`;
  await waitUntil(server, async (signal) => (await fetch(namespace, { signal })).ok, {
    what: `serve Temporal on 127.0.0.1:${grpc}`,
    timeoutMs: READY_MS,
  });
  const { pid, stop, kill } = server;
  return { address: `127.0.0.1:${grpc}`, uiUrl: `http://127.0.0.1:${ui}`, pid, stop: () => stop(), kill };
}

export interface TemporalPlaces {
  /** gRPC. */
  readonly port: number;
  readonly uiPort: number;
  /** Workflows are kept in a file here; in memory without it. */
  readonly dir?: string;
}

/** The arguments of `temporal` for a server of ours, wherever it is started. */
export const temporalArguments = ({ port, uiPort, dir }: TemporalPlaces): string[] => [
  ...['server', 'start-dev', '--ip', '127.0.0.1', '--log-level', 'warn', '--ui-disable-news-fetch'],
  ...['--port', String(port), '--ui-port', String(uiPort)],
  // The development server has one shard, whose queue is read 20 times a second by default: every step of a busy
  // workflow then waits 43 ms.
  ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=2000'],
  // Workflows whose tasks fail so often in a row can be searched for; by default none can.
  ...['--dynamic-config-value', 'system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=3'],
  ...(dir === undefined ? [] : onFile(join(dir, 'temporal.db'))),
];

/**
 * With a write-ahead log three times as many workflows start each second. `full` waits for the disk at each commit:
 * `normal` does so at checkpoints only, and a power cut then takes back what was answered (sqlite.org, "PRAGMA synchronous").
 */
function onFile(file: string): string[] {
  return ['--db-filename', file, '--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=full'];
}
