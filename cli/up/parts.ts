/** What runs beside Landfall on one machine: Temporal, a registry and a reverse proxy, each unless it is given. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HostSettings } from '../../contracts/host.ts';
import { accountNamed } from '../../infra/dev/accounts.ts';
import { startBuildEngine } from '../../infra/dev/build-engine.ts';
import { find } from '../../infra/dev/locate.ts';
import { startProxy } from '../../infra/dev/proxy.ts';
import type { Proxy } from '../../infra/dev/proxy.ts';
import { startRegistry } from '../../infra/dev/registry.ts';
import { startTemporal } from '../../infra/dev/temporal.ts';
import type { Kept, Part } from './keep-running.ts';
import { BUILD_ACCOUNT, userSocket } from './podman-socket.ts';
import { assertFree } from './ports.ts';
import { ensureRegistryLogin } from './registry-login.ts';
import type { UpSettings } from './settings.ts';

/** Starts a part and keeps it running. `note` remembers a process that takes long to be ready as soon as it is there. */
export type Keep = (name: string, start: (note: (pid: number) => Promise<void>) => Promise<Part>) => Promise<Kept>;

/** @returns host:port. */
export async function temporal({ dir, ports, temporalAddress }: UpSettings, keep: Keep): Promise<string> {
  if (temporalAddress !== undefined) return temporalAddress;
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
  /** Where its password is; none for a registry that is given. */
  readonly authFile: string | undefined;
}

export async function registry({ dir, ports, registryAddress }: UpSettings, keep: Keep): Promise<RegistryPart> {
  if (registryAddress !== undefined) return { address: registryAddress, authFile: undefined };
  await assertFree(
    `http://127.0.0.1:${String(ports.registry)}`,
    'the registry',
    '--registry-port (or give a running one with LANDFALL_REGISTRY)',
  );
  const address = `127.0.0.1:${String(ports.registry)}`;
  const authFile = join(dir, 'registry-auth.json');
  const htpasswd = await ensureRegistryLogin(authFile, address);
  await keep('registry', () => startRegistry({ dir: join(dir, 'registry'), port: ports.registry, htpasswd }));
  return { address, authFile };
}

/**
 * The engine that builds: a given one, that of the account `landfall-build`, which is started here when systemd has not, or
 * `undefined`: the one that runs services builds as well.
 */
async function buildEngine({ buildPodmanSocket }: UpSettings, keep: Keep): Promise<string | undefined> {
  if (buildPodmanSocket !== undefined) return buildPodmanSocket;
  const account = process.getuid?.() === 0 ? accountNamed(BUILD_ACCOUNT) : undefined;
  if (account === undefined) return undefined;
  if (existsSync(userSocket(account.uid))) return userSocket(account.uid);
  const runDir = `/run/${BUILD_ACCOUNT}`;
  await keep('build engine', () => startBuildEngine({ account, runDir }));
  return `${runDir}/podman.sock`;
}

/** This machine as a host called `local`. @returns the file that says so. */
export async function hosts(settings: UpSettings, keep: Keep): Promise<string> {
  const { dir, hostsFile, podmanSocket } = settings;
  if (hostsFile !== undefined) return hostsFile;
  const proxy = await reverseProxy(join(dir, 'proxy'), keep);
  const builds = await buildEngine(settings, keep);
  const host = HostSettings.parse({
    name: 'local',
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

async function reverseProxy(dir: string, keep: Keep): Promise<HostSettings['proxy']> {
  // Without HAProxy one can deploy with the strategy `recreate`; `landfall doctor` says so.
  if (find('haproxy') === undefined) return undefined;
  let proxy: Proxy | undefined;
  await keep('proxy', async () => (proxy = await startProxy({ dir })));
  return proxy && { configFile: proxy.configFile, adminSocket: proxy.adminSocket, masterSocket: proxy.masterSocket };
}
