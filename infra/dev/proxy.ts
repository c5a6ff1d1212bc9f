/** HAProxy in front of the containers of one host: reconfigured, reloaded and replaced without losing a request. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Daemon, Memory } from './daemon.ts';
import { adoptOrStart, fingerprint } from './daemon.ts';
import { findRunning } from './identity.ts';
import { where } from './locate.ts';
import { startProcess, waitUntil, type Process } from './process.ts';
import type { DevProxyLimits, ProxyMachine } from './proxy-config.ts';
import { baseConfig } from './proxy-config.ts';

export interface ProxyOptions {
  readonly dir: string;
  readonly limits?: DevProxyLimits;
}

export interface ProxyFiles {
  /** Frontends and backends belong here; empty at first. Takes effect by `reload` on {@link ProxyFiles.masterSocket}. */
  readonly configFile: string;
  /** The running worker's Runtime API. */
  readonly adminSocket: string;
  /**
   * The master's command line: `reload`, `show proc`. A reload cuts the connection (ECONNRESET), and for a moment the
   * socket refuses connections (ECONNREFUSED).
   */
  readonly masterSocket: string;
}

export interface DevProxy extends ProxyFiles {
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

export interface LastingProxy extends ProxyFiles, Daemon {
  /** True when there is a service behind it. */
  readonly serves: () => boolean;
}

/** Up in 100 ms on a quiet machine. */
const READY_MS = 15_000;
const ATTEMPT_MS = 2_000;
const BETWEEN_LOOKS_MS = 200;

/**
 * Starts HAProxy as a master and its worker, and resolves when both take commands. The content of
 * {@link DevProxy.configFile} from an earlier run is kept. HAProxy ends when our process does.
 *
 * @throws Error when HAProxy is missing, or with its log when it refuses its configuration.
 */
export async function startProxy({ dir, limits = {} }: ProxyOptions): Promise<DevProxy> {
  const files = filesIn(dir);
  writeFileSync(files.baseFile, baseConfig({ admin: files.adminSocket, alive: files.aliveSocket }, limits));
  const { pid, stop } = await launch(files, { outlivesUs: false });
  // SIGTERM ends master and worker at once; SIGUSR1 would wait for clients that keep their connections.
  return { ...shown(files), pid, stop: () => stop('SIGTERM') };
}

/**
 * The proxy of this folder: the one that runs already, or a new one; it goes on when our process ends. One that runs on
 * another program or base configuration than today's hands its listening sockets over to a new one and finishes the
 * connections that it has, so that no request is lost (management guide, "-x" and "-sf").
 *
 * @throws Error as {@link startProxy}; one that ran before runs on then.
 */
export async function lastingProxy({ dir, limits = {} }: ProxyOptions, memory: Memory): Promise<LastingProxy> {
  const files = filesIn(dir);
  const base = baseConfig({ admin: files.adminSocket, alive: files.aliveSocket }, limits);
  const begin = (handover: readonly string[], spawned: (pid: number) => Promise<void>) => {
    writeFileSync(files.baseFile, base);
    return launch(files, { outlivesUs: true, handover, spawned });
  };
  const daemon = await adoptOrStart(
    {
      tool: 'haproxy',
      file: files.baseFile,
      made: fingerprint(where('haproxy'), base, ...argumentsOf(files)),
      answers: (pid, signal) => isServing(files, pid, signal),
      start: (spawned) => begin([], spawned),
      replace: (former, spawned) => begin(['-x', files.adminSocket, '-sf', String(former)], spawned),
    },
    memory,
  );
  return { ...daemon, ...shown(files), serves: () => /^# section /m.test(readFileSync(files.configFile, 'utf8')) };
}

/** All that run for this folder: also those that only finish their connections. */
export const proxiesOf = (dir: string): Promise<number[]> => findRunning('haproxy', join(dir, BASE));

type Files = ReturnType<typeof namesIn>;

const BASE = 'base.cfg';

function namesIn(dir: string) {
  const file = (name: string) => join(dir, name);
  return {
    baseFile: file(BASE),
    configFile: file('landfall.cfg'),
    adminSocket: file('admin.sock'),
    aliveSocket: file('alive.sock'),
    masterSocket: file('master.sock'),
    logFile: file('haproxy.log'),
  };
}

function filesIn(dir: string): Files {
  mkdirSync(dir, { recursive: true });
  const files = namesIn(dir);
  if (!existsSync(files.configFile)) writeFileSync(files.configFile, '');
  return files;
}

export interface ProxyPlan {
  readonly args: readonly string[];
  readonly baseFile: string;
  readonly base: string;
  /** Frontends and backends; has to be there at the start. */
  readonly configFile: string;
}

/** What a proxy is started from, for a program other than ours that starts it. Changes nothing. */
export function proxyPlan(dir: string, limits: DevProxyLimits, machine: ProxyMachine): ProxyPlan {
  const files = namesIn(dir);
  const base = baseConfig({ admin: files.adminSocket, alive: files.aliveSocket }, limits, machine);
  return { args: argumentsOf(files), baseFile: files.baseFile, base, configFile: files.configFile };
}

/** The time that a proxy which another program starts may take until it answers. */
const OTHERS_READY_MS = 60_000;

/**
 * Waits for the proxy that another program runs in this folder.
 *
 * @throws Error when it does not take commands within a minute
 */
export async function othersProxy(dir: string, patienceMs = OTHERS_READY_MS): Promise<ProxyFiles> {
  const files = namesIn(dir);
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const processes = await ask(files.masterSocket, 'show proc', AbortSignal.timeout(ATTEMPT_MS)).catch(() => '');
    if (/^\d+\s+worker\s/m.test(processes)) return shown(files);
    if (performance.now() > deadline) throw new Error(`No HAProxy takes commands on ${files.masterSocket}.`);
    await delay(BETWEEN_LOOKS_MS);
  }
}

const shown = ({ configFile, adminSocket, masterSocket }: Files): ProxyFiles => ({
  configFile,
  adminSocket,
  masterSocket,
});

const argumentsOf = ({ masterSocket, baseFile, configFile }: Files): readonly string[] => [
  ...['-W', '-S', `${masterSocket},mode,600`],
  ...['-f', baseFile, '-f', configFile],
];

interface LaunchOptions {
  readonly outlivesUs: boolean;
  readonly handover?: readonly string[];
  readonly spawned?: (pid: number) => Promise<void>;
}

async function launch(files: Files, { outlivesUs, handover = [], spawned }: LaunchOptions): Promise<Process> {
  const { adminSocket, masterSocket, logFile } = files;
  // HAProxy does not remove its sockets when it is killed.
  if (handover.length === 0) for (const socket of [adminSocket, masterSocket]) rmSync(socket, { force: true });
  const args = [...argumentsOf(files), ...handover];
  const proxy = await startProcess({ command: where('haproxy'), args, logFile, outlivesUs });
  await spawned?.(proxy.pid);
  await waitUntil(proxy, (signal) => isServing(files, proxy.pid, signal), {
    what: `take commands on ${masterSocket} and ${adminSocket}`,
    timeoutMs: READY_MS,
  });
  return proxy;
}

/** True when this process is the master of this folder and its worker takes commands. */
async function isServing({ masterSocket, adminSocket }: Files, pid: number, signal: AbortSignal): Promise<boolean> {
  const processes = await ask(masterSocket, 'show proc', signal);
  if (Number(/^(\d+)\s+master\s/m.exec(processes)?.[1]) !== pid) return false;
  const worker = /^(\d+)\s+worker\s/m.exec(processes)?.[1];
  return worker !== undefined && /^Pid: (\d+)/m.exec(await ask(adminSocket, 'show info', signal))?.[1] === worker;
}

/** One command, one answer. Half-closed by us: the master keeps the connection open for more commands otherwise. */
async function ask(socket: string, command: string, signal: AbortSignal): Promise<string> {
  const connection = connect({ path: socket, signal });
  connection.setEncoding('utf8').end(`${command}\n`);
  let answer = '';
  for await (const text of connection) answer += String(text);
  return answer;
}
