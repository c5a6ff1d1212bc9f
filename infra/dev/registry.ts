/** A private image registry (CNCF Distribution) on the loopback address, with its images in one folder. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Daemon, Memory } from './daemon.ts';
import { adoptOrStart, fingerprint } from './daemon.ts';
import { SMALL_HEAP } from './go.ts';
import { findRunning } from './identity.ts';
import { where } from './locate.ts';
import { freePort, startProcess, waitUntil, withFreePorts, type Process } from './process.ts';

export interface RegistryOptions {
  /** Configuration, log and images are kept here. */
  readonly dir: string;
  /** A free one by default. */
  readonly port?: number;
  /** Lines of an htpasswd(1) file, in bcrypt: only its users push and pull. Without it, every client may. */
  readonly htpasswd?: string;
}

export interface Registry {
  /** host:port, as it stands in front of an image's name. */
  readonly address: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

export interface LastingRegistryOptions {
  readonly dir: string;
  readonly port: number;
  /** See {@link RegistryOptions}. A running registry takes a change at once. */
  readonly htpasswd?: string;
  /** Called before a new one is started. @throws what keeps the port from being used. */
  readonly assertFree: () => Promise<void>;
}

const ID_HEADER = 'X-Landfall-Registry';
const CONFIGURATION = 'registry.yml';
/** Up in 50 ms on a quiet machine. */
const READY_MS = 15_000;
const BETWEEN_LOOKS_MS = 10;

/**
 * Starts the registry and resolves when it answers. It ends when our process does.
 *
 * @throws Error when Distribution is missing, or with its log when it does not come up.
 */
export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  return withFreePorts(options.port !== undefined, async () => {
    const site = siteOf(options, options.port ?? (await freePort()), randomUUID());
    const { pid, stop } = await launch(site, { outlivesUs: false });
    return { address: site.address, pid, stop: () => stop() };
  });
}

/**
 * The registry of this folder: the one that runs already, or a new one; it goes on when our process ends. One that runs
 * on another program or configuration than today's takes no new requests, finishes those that it has, and makes way.
 *
 * @throws Error as {@link startRegistry}, and what `assertFree` throws.
 */
export async function lastingRegistry(
  { dir, port, htpasswd, assertFree }: LastingRegistryOptions,
  memory: Memory,
): Promise<Daemon & Registry> {
  const site = siteOf({ dir, ...(htpasswd !== undefined && { htpasswd }) }, port, idIn(dir) ?? randomUUID());
  const start = async (spawned: (pid: number) => Promise<void>) => {
    await assertFree();
    return launch(site, { outlivesUs: true, spawned });
  };
  const daemon = await adoptOrStart(
    {
      tool: 'registry',
      file: site.configFile,
      made: fingerprint(where('registry'), site.configuration),
      answers: async (_pid, signal) => isServing(addressIn(dir) ?? site.address, site.id, signal),
      start,
      replace: async (former, spawned) => {
        process.kill(former, 'SIGTERM');
        await untilSilent(addressIn(dir) ?? site.address);
        return start(spawned);
      },
    },
    memory,
  );
  return { ...daemon, address: site.address };
}

/** All that run for this folder: also those that only finish their requests. */
export const registriesOf = (dir: string): Promise<number[]> => findRunning('registry', join(dir, CONFIGURATION));

interface Site {
  readonly address: string;
  readonly id: string;
  readonly configFile: string;
  readonly configuration: string;
  readonly logFile: string;
}

function siteOf({ dir, htpasswd }: Pick<RegistryOptions, 'dir' | 'htpasswd'>, port: number, id: string): Site {
  mkdirSync(dir, { recursive: true });
  const passwords = htpasswd === undefined ? undefined : join(dir, 'htpasswd');
  if (passwords !== undefined) replaceFile(passwords, htpasswd ?? '');
  const address = addressAt(port);
  return {
    address,
    id,
    configFile: join(dir, CONFIGURATION),
    configuration: configuration({ address, images: imagesIn(dir), id, passwords }),
    logFile: join(dir, 'registry.log'),
  };
}

const addressAt = (port: number): string => `127.0.0.1:${port}`;
const imagesIn = (dir: string): string => join(dir, 'images');

export interface RegistryPlan {
  /** host:port. */
  readonly address: string;
  readonly args: readonly string[];
  readonly configFile: string;
  readonly configuration: string;
  /** The folder that the registry writes to. */
  readonly images: string;
}

/**
 * What a registry is started from, for a program other than ours that starts it. Changes nothing.
 *
 * @param passwords - the path at which it finds its htpasswd(1) file
 */
export function registryPlan({ dir, port, passwords }: RegistryPlanOptions): RegistryPlan {
  const configFile = join(dir, CONFIGURATION);
  const images = imagesIn(dir);
  const address = addressAt(port);
  return {
    ...{ address, configFile, images, args: argumentsOf(configFile) },
    configuration: configuration({ address, images, id: idIn(dir) ?? randomUUID(), passwords }),
  };
}

export interface RegistryPlanOptions {
  readonly dir: string;
  readonly port: number;
  readonly passwords: string;
}

const argumentsOf = (configFile: string): readonly string[] => ['serve', configFile];

/** In one step: a registry that runs reads its passwords again when their file changes. */
function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

interface Configuration {
  readonly address: string;
  readonly images: string;
  readonly id: string;
  /** The path of its htpasswd file, if it has one. */
  readonly passwords: string | undefined;
}

interface LaunchOptions {
  readonly outlivesUs: boolean;
  readonly spawned?: (pid: number) => Promise<void>;
}

async function launch(site: Site, { outlivesUs, spawned }: LaunchOptions): Promise<Process> {
  const { address, id, configFile, logFile } = site;
  writeFileSync(configFile, site.configuration, { mode: 0o600 });
  const command = where('registry');
  const args = argumentsOf(configFile);
  const registry = await startProcess({ command, args, env: SMALL_HEAP, logFile, outlivesUs });
  await spawned?.(registry.pid);
  await waitUntil(registry, (signal) => isServing(address, id, signal), {
    what: `serve the registry on ${address}`,
    timeoutMs: READY_MS,
  });
  return registry;
}

/** Another program on the port would answer as well: ours is recognised by its header. */
const isServing = async (address: string, id: string, signal: AbortSignal): Promise<boolean> =>
  (await fetch(`http://${address}/v2/`, { signal })).headers.get(ID_HEADER) === id;

/** A stopping registry ceases to listen within milliseconds, however long it works on what it has begun. */
async function untilSilent(address: string): Promise<void> {
  const deadline = performance.now() + READY_MS;
  const listens = () =>
    fetch(`http://${address}/v2/`, { method: 'HEAD', signal: AbortSignal.timeout(READY_MS) }).then(
      () => true,
      () => false,
    );
  while ((await listens()) && performance.now() < deadline) await delay(BETWEEN_LOOKS_MS);
}

/**
 * No blob cache: the in-memory one remembers blobs that a garbage collection has removed. No upload purging by the
 * registry's own clock: after the machine slept it could remove an upload in progress. On a stop signal it finishes
 * what it has begun.
 */
function configuration({ address, images, id, passwords }: Configuration): string {
  const auth = passwords && `auth: { htpasswd: { realm: landfall, path: ${JSON.stringify(passwords)} } }\n`;
  return `version: 0.1
log: { level: warn, accesslog: { disabled: true } }
storage:
  filesystem: { rootdirectory: ${JSON.stringify(images)} }
  delete: { enabled: true }
  maintenance: { uploadpurging: { enabled: false } }
http: { addr: ${JSON.stringify(address)}, draintimeout: 10m, headers: { ${ID_HEADER}: [${JSON.stringify(id)}] } }
${auth ?? ''}`;
}

const idIn = (dir: string): string | undefined => written(dir, new RegExp(`${ID_HEADER}: \\["([0-9a-f-]{36})"\\]`));
const addressIn = (dir: string): string | undefined => written(dir, /addr: "([^"]+)"/);

function written(dir: string, pattern: RegExp): string | undefined {
  try {
    return pattern.exec(readFileSync(join(dir, CONFIGURATION), 'utf8'))?.[1];
  } catch {
    // Nothing has been started here yet.
    return undefined;
  }
}
