/**
 * The parts that run beside Landfall on one machine: PostgreSQL, Temporal, a registry and a reverse proxy, each unless
 * it is given.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HostSettings } from '../../contracts/config/host.ts';
import { prepareBuildAccount } from '../../infra/dev/build-account.ts';
import { startBuildEngine } from '../../infra/dev/build-engine.ts';
import { buildSocket } from '../../infra/dev/build-folders.ts';
import type { Memory } from '../../infra/dev/daemon.ts';
import { find } from '../../infra/dev/locate.ts';
import { DATABASE_ACCOUNT, ensureDatabaseAccount, letDatabaseThrough } from '../../infra/dev/postgres/account.ts';
import { startPostgres } from '../../infra/dev/postgres/server.ts';
import type { LastingProxy, ProxyFiles } from '../../infra/dev/proxy.ts';
import { lastingProxy, othersProxy, proxiesOf } from '../../infra/dev/proxy.ts';
import { lastingRegistry } from '../../infra/dev/registry.ts';
import { startRunEngine } from '../../infra/dev/run-engine.ts';
import { startTemporal } from '../../infra/dev/temporal.ts';
import { CliError, errorText } from '../cli-error.ts';
import type { Kept, Part } from './keep-running.ts';
import { lastingFolders } from './lasting.ts';
import { BUILD_DISK_DIR, BUILD_RUN_DIR, answers, ownPodman } from './podman-socket.ts';
import { assertFree } from './ports.ts';
import { assertOpenable } from './public-settings.ts';
import { ensureRegistryLogin } from './registry-login.ts';
import type { UpSettings } from './settings.ts';
import { assertNoUnit } from './units.ts';

/**
 * Starts a part and keeps it running.
 *
 * @param start - given what remembers a process as soon as it is there, because some take long to be ready
 */
export type Keep = (name: string, start: (memory: PartMemory) => Promise<Part>) => Promise<Kept>;

/** Prints a line for the person who started `landfall up`. */
export type Tell = (line: string) => void;

export interface PartMemory {
  /** A process that ends with us. */
  readonly note: (pid: number) => Promise<void>;
  /** One that outlives us. */
  readonly lasting: Memory;
}

/**
 * The embedded database, unless one is given.
 *
 * @returns its URL; one that is started here holds no password
 * @throws CliError when the data folder holds a database of another kind, which stays as it is
 */
export async function startDatabase(
  { dir, databaseUrl, postgresBin }: UpSettings,
  keep: Keep,
  tell: Tell,
): Promise<string> {
  if (databaseUrl !== undefined) return databaseUrl;
  assertNoUnit(dir, 'database');
  refuseFormerEngine(dir);
  try {
    ensureDatabaseAccount();
  } catch (error) {
    tell(`the account ${DATABASE_ACCOUNT} could not be made (${errorText(error)}): the database runs as another one`);
  }
  letDatabaseThrough(dir);
  let url = '';
  await keep('database', async ({ note }) => {
    const postgres = await startPostgres({ dir: join(dir, 'postgres'), bin: postgresBin, spawned: note });
    ({ url } = postgres);
    return postgres;
  });
  return url;
}

/** Landfall began on PGlite, whose files no PostgreSQL can open. */
function refuseFormerEngine(dir: string): void {
  const former = join(dir, 'landfall', 'db');
  if (!existsSync(join(former, 'PG_VERSION'))) return;
  throw new CliError(
    'Open the database',
    `${former} holds a PGlite database, which earlier versions of Landfall used and this one cannot read`,
    `Nothing of it was touched. To keep its history, start that version again. To go on without, run \`mv ${former} ${former}.former\`: services that run go on, and the next push of each is deployed.`,
  );
}

/** @returns host:port. */
export async function temporal({ dir, ports, temporalAddress }: UpSettings, keep: Keep): Promise<string> {
  if (temporalAddress !== undefined) return temporalAddress;
  assertNoUnit(dir, 'temporal');
  const options = {
    dir: join(dir, 'temporal'),
    port: ports.temporal,
    uiPort: ports.temporalUi,
    persistent: true,
  };
  await assertFree(
    `http://127.0.0.1:${String(ports.temporal)}`,
    'Temporal',
    '--temporal-port (or give a running one with TEMPORAL_ADDRESS)',
  );
  await assertFree(`http://127.0.0.1:${String(ports.temporalUi)}`, "Temporal's pages", '--temporal-ui-port');
  await keep('temporal', () => startTemporal(options));
  return `127.0.0.1:${String(ports.temporal)}`;
}

export interface RegistryPart {
  /** host:port. */
  readonly address: string;
  /** Holds the registry's password; none for a registry that is given. */
  readonly authFile: string | undefined;
}

export async function registry({ dir, ports, registryAddress }: UpSettings, keep: Keep): Promise<RegistryPart> {
  if (registryAddress !== undefined) return { address: registryAddress, authFile: undefined };
  assertNoUnit(dir, 'registry');
  const { registry: folder } = lastingFolders(dir);
  const port = ports.registry;
  const assertPortFree = () =>
    assertFree(
      `http://127.0.0.1:${String(port)}`,
      'the registry',
      '--registry-port (or give a running one with LANDFALL_REGISTRY)',
    );
  const address = `127.0.0.1:${String(port)}`;
  const authFile = join(dir, 'registry-auth.json');
  const htpasswd = await ensureRegistryLogin(authFile, address);
  await keep('registry', async ({ lasting }): Promise<Part> => {
    const daemon = await lastingRegistry({ dir: folder, port, htpasswd, assertFree: assertPortFree }, lasting);
    const { pid, stop, release } = daemon;
    return { pid, stop, lasting: { release, isNeeded: () => daemon.adopted } };
  });
  return { address, authFile };
}

/**
 * The engine that builds: a given one, or for root that of the account `landfall-build`, which is made and started
 * here. `undefined`: the engine that runs services builds as well, because we are not root, or for a reason that is
 * printed.
 */
async function buildEngine(
  { buildPodmanSocket, dir }: UpSettings,
  keep: Keep,
  tell: Tell,
): Promise<string | undefined> {
  if (buildPodmanSocket !== undefined) return buildPodmanSocket;
  if (process.getuid?.() !== 0) return undefined;
  const found = await prepareBuildAccount();
  if ('lacks' in found) {
    tell(`builds have no account of their own and share the Podman that runs services: ${found.lacks}`);
    return undefined;
  }
  const { account } = found;
  const name = createHash('sha256').update(dir).digest('hex').slice(0, NAME_LENGTH);
  await keep('build engine', () => startBuildEngine({ account, runDir: BUILD_RUN_DIR, diskDir: BUILD_DISK_DIR, name }));
  return buildSocket(BUILD_RUN_DIR, name);
}

/** Each data folder has an engine of its own: who stops one `landfall up` stops no build of another. */
const NAME_LENGTH = 12;

/** The engine that runs services: a given one, this user's own where its API answers, or else that API is served here. */
async function runEngine({ dir, podmanSocket, podmanIsGiven, podmanEnv }: UpSettings, keep: Keep): Promise<string> {
  if (podmanIsGiven || (await answers(podmanSocket))) return podmanSocket;
  const folder = ownPodman(dir);
  await mkdir(folder, { recursive: true });
  let socket = '';
  await keep('engine', async () => {
    const engine = await startRunEngine(folder, podmanEnv);
    ({ socket } = engine);
    return engine;
  });
  return socket;
}

/** This machine as a host. @returns the file that says so. */
export async function hosts(settings: UpSettings, keep: Keep, tell: Tell): Promise<string> {
  const { dir, hostsFile } = settings;
  if (hostsFile !== undefined) return hostsFile;
  const podmanSocket = await runEngine(settings, keep);
  const proxy = await reverseProxy(settings, keep);
  const builds = await buildEngine(settings, keep, tell);
  const host = HostSettings.parse({
    name: settings.host,
    roles: ['build', 'run'],
    podmanSocket,
    ...(builds !== undefined && { buildPodmanSocket: builds }),
    address: '127.0.0.1',
    workDir: join(dir, 'hosts', 'local'),
    buildSlots: 2,
    ...(proxy && { proxy }),
  });
  const file = join(dir, 'hosts.json');
  await writeFile(file, `${JSON.stringify([host], null, 2)}\n`);
  return file;
}

async function reverseProxy(settings: UpSettings, keep: Keep): Promise<HostSettings['proxy']> {
  const files = await proxyFiles(settings, keep);
  if (files === undefined) return undefined;
  const { configFile, adminSocket, masterSocket } = files;
  const { timeouts, clients } = settings.proxy;
  const { web } = settings;
  return {
    ...{ configFile, adminSocket, masterSocket },
    ...(Object.keys(timeouts).length > 0 && { timeouts }),
    ...clients,
    // Below the folder of the proxy: as a unit it sees nothing else of Landfall's.
    ...(web && { public: { ...web, certificates: join(dirname(configFile), 'certificates') } }),
  };
}

/** A given proxy is waited for. */
async function proxyFiles(
  { dir, proxyDir, web, proxy: { limits } }: UpSettings,
  keep: Keep,
): Promise<ProxyFiles | undefined> {
  if (proxyDir !== undefined) return givenProxy(proxyDir);
  assertNoUnit(dir, 'proxy');
  const { proxy: folder } = lastingFolders(dir);
  // Without HAProxy one can deploy with the strategy `recreate`; `landfall doctor` says so.
  if (find('haproxy') === undefined && (await proxiesOf(folder)).length === 0) {
    if (web)
      throw new CliError('Open ports for the web', 'HAProxy is missing', 'Run `landfall setup`, then start again.');
    return undefined;
  }
  if (web) await assertOpenable(web, folder);
  let proxy: LastingProxy | undefined;
  await keep('proxy', async ({ lasting }): Promise<Part> => {
    const daemon = await lastingProxy({ dir: folder, limits }, lasting);
    proxy = daemon;
    const { pid, stop, release } = daemon;
    return { pid, stop, lasting: { release, isNeeded: () => daemon.adopted || daemon.serves() } };
  });
  return proxy;
}

async function givenProxy(folder: string): Promise<ProxyFiles> {
  try {
    return await othersProxy(folder);
  } catch (error) {
    throw new CliError(
      `Use the proxy of ${folder}`,
      errorText(error),
      'Start it (as a unit: `systemctl start landfall-proxy`), or correct LANDFALL_PROXY_DIR.',
      { cause: error },
    );
  }
}
