/** The part of HAProxy's configuration that belongs to the whole process; services are in a file of their own. */
import { existsSync, readFileSync } from 'node:fs';

export interface DevProxyLimits {
  /** Connections of all services together. The default is 10,000, or as many as the limit of open files allows. */
  readonly maxConnections?: number;
  /**
   * The time for which connections open at a reload may go on, as HAProxy writes times (`30s`, `24h`): hard-stop-after.
   * `24h` by default.
   */
  readonly reloadPatience?: string;
}

const USUAL_CONNECTIONS = 10_000;
const USUAL_PATIENCE = '24h';
/** The client's side and the container's. */
const FILES_PER_CONNECTION = 2;
/** Sockets that listen, pipes between processes, the log. */
const OWN_FILES = 250;
/** Each one takes some 10 MB. The oldest is ended before there are more. */
const MAX_OLD_WORKERS = 50;

/** What the process that starts HAProxy gives it. */
export interface ProxyMachine {
  /** The most files that it may open; those of our own process by default. */
  readonly openFiles?: number;
  /** The account of the processes that carry traffic, where HAProxy starts as root. */
  readonly account?: string;
}

/** @throws Error when the limits need more open files than this machine allows */
export function baseConfig(
  sockets: { readonly admin: string; readonly alive: string },
  limits: DevProxyLimits,
  { openFiles = ourOpenFiles(), account }: ProxyMachine = {},
): string {
  return `global
${account === undefined ? '' : `  user ${account}\n  group ${account}\n`}  stats socket ${sockets.admin} mode 600 level admin expose-fd listeners
  stats timeout 1m
  nbthread 2
  maxconn ${connections(limits.maxConnections, openFiles)}
  # Publishing or removing a service is a reload. Connections of the other services go on in the worker of before, which
  # ends with the last one of them, or after this time.
  hard-stop-after ${limits.reloadPatience ?? USUAL_PATIENCE}
  mworker-max-reloads ${MAX_OLD_WORKERS}

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
  bind unix@${sockets.alive} mode 600
  http-request return status 200
`;
}

/** The open files that so many connections need. */
export const filesFor = (connectionsAtMost: number): number => connectionsAtMost * FILES_PER_CONNECTION + OWN_FILES;

/** HAProxy refuses to start with more than it can open. */
function connections(wanted: number | undefined, files: number): number {
  const possible = Math.floor((files - OWN_FILES) / FILES_PER_CONNECTION);
  if (wanted === undefined) return Math.max(1, Math.min(USUAL_CONNECTIONS, possible));
  if (wanted <= possible) return wanted;
  throw new Error(
    `${wanted} connections need ${filesFor(wanted)} open files, and a process may open ${files} here. ` +
      `Raise that limit (\`ulimit -Hn\`, or LimitNOFILE= of a systemd unit), or allow ${possible} connections at most.`,
  );
}

/** getrlimit(2), RLIMIT_NOFILE: the hard one, up to which HAProxy raises its own. */
function ourOpenFiles(): number {
  const table = existsSync('/proc/self/limits') ? readFileSync('/proc/self/limits', 'utf8') : '';
  const hard = /^Max open files +\S+ +(\d+)/m.exec(table)?.[1];
  return hard === undefined ? Number.MAX_SAFE_INTEGER : Number(hard);
}
