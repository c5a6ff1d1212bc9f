/** A private image registry (CNCF Distribution) on the loopback address, with its images in one folder. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { where } from './locate.ts';
import { freePort, startProcess, waitUntil, withFreePorts } from './process.ts';

export interface RegistryOptions {
  /** Configuration, log and images are kept here. */
  readonly dir: string;
  /** A free one by default. */
  readonly port?: number;
  /** Lines of an htpasswd(1) file, in bcrypt: whoever is not in it neither pushes nor pulls. Everybody may by default. */
  readonly htpasswd?: string;
}

export interface Registry {
  /** host:port, as it stands in front of an image's name. */
  readonly address: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

const ID_HEADER = 'X-Landfall-Registry';
/** Up in 50 ms on a quiet machine. */
const READY_MS = 15_000;

/**
 * Starts the registry and resolves when it answers.
 *
 * @throws Error when Distribution is missing, or with its log when it does not come up.
 */
export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  return withFreePorts(options.port !== undefined, () => start(options));
}

async function start({ dir, port, htpasswd }: RegistryOptions): Promise<Registry> {
  const address = `127.0.0.1:${port ?? (await freePort())}`;
  mkdirSync(dir, { recursive: true });
  const configFile = join(dir, 'registry.yml');
  // Whoever holds the port already would answer as well: ours is known by its own header.
  const id = randomUUID();
  const passwords = htpasswd === undefined ? undefined : join(dir, 'htpasswd');
  if (passwords !== undefined) writeFileSync(passwords, htpasswd ?? '', { mode: 0o600 });
  writeFileSync(configFile, configuration({ address, images: join(dir, 'images'), id, passwords }));
  const registry = await startProcess({
    command: where('registry'),
    args: ['serve', configFile],
    logFile: join(dir, 'registry.log'),
  });
  await waitUntil(
    registry,
    async (signal) => (await fetch(`http://${address}/v2/`, { signal })).headers.get(ID_HEADER) === id,
    {
      what: `serve the registry on ${address}`,
      timeoutMs: READY_MS,
    },
  );
  return { address, pid: registry.pid, stop: () => registry.stop() };
}

interface Configuration {
  readonly address: string;
  readonly images: string;
  readonly id: string;
  /** Where its htpasswd file is, if it has one. */
  readonly passwords: string | undefined;
}

/**
 * No blob cache: its in-memory one remembers blobs that a garbage collection has removed. Uploads are not purged by
 * the registry's own clock, which could take away one in progress after the machine slept.
 */
function configuration({ address, images, id, passwords }: Configuration): string {
  const auth = passwords && `auth: { htpasswd: { realm: landfall, path: ${JSON.stringify(passwords)} } }\n`;
  return `version: 0.1
log: { level: warn, accesslog: { disabled: true } }
storage:
  filesystem: { rootdirectory: ${JSON.stringify(images)} }
  delete: { enabled: true }
  maintenance: { uploadpurging: { enabled: false } }
http: { addr: ${JSON.stringify(address)}, headers: { ${ID_HEADER}: [${JSON.stringify(id)}] } }
${auth ?? ''}`;
}
