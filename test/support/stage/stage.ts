/**
 * The whole of Landfall on real components, as a stage for end-to-end tests and measurements: Temporal (its own, so that
 * it can be killed), registry, isolated Podman hosts, HAProxy, the GitHub stand-in with a real repository, and
 * `workers/standalone.ts` as a process. Knows nothing of jest.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HostSettings } from '../../../contracts/config/host.ts';
import { startLandfall } from '../../../cli/up/landfall.ts';
import { SWITCH, runtimeTuning } from '../../../infra/runtime-tuning/tuning.mjs';
import { startPodmanHost } from '../../../infra/dev/podman-host.ts';
import type { PodmanHost } from '../../../infra/dev/podman-host.ts';
import { freePort } from '../../../infra/dev/process.ts';
import type { Process } from '../../../infra/dev/process.ts';
import { startPostgres } from '../../../infra/dev/postgres/server.ts';
import { startProxy } from '../../../infra/dev/proxy.ts';
import { startRegistry } from '../../../infra/dev/registry.ts';
import { startTemporal } from '../../../infra/dev/temporal.ts';
import { startGitHub } from '../../../stand-ins/github/start.ts';
import type { GitHub } from '../../../stand-ins/github/start.ts';
import { createApi } from './api.ts';
import { furnish } from './furnish.ts';
import type { Api } from './api.ts';
import { remoteHost } from './remote-host.ts';
import type { RemoteHost } from './remote-host.ts';
import { createShop } from './shop.ts';
import type { Shop } from './shop.ts';

export interface StageOptions {
  /** Everything is kept below it; short, for sockets' sake. */
  readonly dir: string;
  /** Host names; each is an isolated Podman with its own HAProxy. The first one also builds. */
  readonly hosts?: readonly string[];
  /** Those of them whose worker is a process of its own. None by default. */
  readonly remote?: readonly string[];
  /** A running one's host:port; its own when not given. */
  readonly registry?: string;
  /** A database that is there already; on a PostgreSQL of its own when not given. */
  readonly databaseUrl?: string;
  /** Beside what standalone needs anyway. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Stage {
  readonly dir: string;
  readonly gitHub: GitHub;
  readonly hosts: readonly PodmanHost[];
  readonly registry: string;
  /** Where services answer by their names, on each host's own address. */
  readonly web: { readonly httpPort: number; readonly httpsPort: number };
  /** The workers of the remote hosts, by the host's name. They run already. */
  readonly remote: ReadonlyMap<string, RemoteHost>;
  readonly temporal: {
    readonly address: string;
    readonly uiUrl: string;
    /** Like kill -9; its answers so far are in its file. */
    kill(): Promise<void>;
    /** Again, on the same file and ports. */
    start(): Promise<void>;
  };
  readonly api: Api;
  /** GitHub's secret for signing deliveries. */
  readonly webhookSecret: string;
  /** A repository with one service, `shop/web`. */
  readonly shop: Shop;
  readonly landfall: {
    readonly url: string;
    /** The process that runs now. */
    pid(): number;
    /** Like kill -9 of the whole process group. */
    kill(): Promise<void>;
    /** In order, as a service manager does. */
    stop(): Promise<void>;
    /**
     * Resolves once it is ready.
     *
     * @param program - another version's `workers/standalone.ts`
     */
    start(program?: string): Promise<void>;
  };
  /** Ends everything, newest first; what fails does not keep the rest from ending. */
  stop(): Promise<void>;
}

const addressOf = (host: number): string => `127.0.0.${String(host + 1)}`;

/** Shared by all stages: Node compiles the same for each. */
const COMPILED = fileURLToPath(new URL('../../../.cache/compiled', import.meta.url));

export async function setStage({
  dir,
  hosts: names = ['local'],
  remote: remoteNames = [],
  registry: given,
  databaseUrl: givenDatabase,
  env = {},
}: StageOptions): Promise<Stage> {
  mkdirSync(dir, { recursive: true });
  const endings: (() => Promise<void>)[] = [];
  const stop = async () => {
    const errors: unknown[] = [];
    for (const end of endings.splice(0).reverse()) await end().catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw new AggregateError(errors, 'the stage could not be cleared');
  };
  const keep = <T extends { stop(): Promise<void> }>(part: T): T => {
    endings.push(() => part.stop());
    return part;
  };

  try {
    const temporalPorts = { port: await freePort(), uiPort: await freePort() };
    const beginTemporal = () => startTemporal({ dir: join(dir, 't'), persistent: true, ...temporalPorts });
    let temporal = await beginTemporal();
    endings.push(() => temporal.stop());
    const registry = given ?? keep(await startRegistry({ dir: join(dir, 'r') })).address;
    const hosts = await Promise.all(
      names.map((name) => startPodmanHost({ dir: join(dir, `h-${name}`), name, registries: [registry] }).then(keep)),
    );
    // On each host's own address.
    const web = { httpPort: await freePort(), httpsPort: await freePort() };
    const settings = await Promise.all(
      hosts.map(async (host, index): Promise<HostSettings> => {
        const { configFile, adminSocket, masterSocket } = keep(await startProxy({ dir: join(dir, `p-${host.name}`) }));
        return HostSettings.parse({
          name: host.name,
          roles: index === 0 ? ['build', 'run'] : ['run'],
          podmanSocket: host.socket,
          // Each host its own loopback address, so that all can publish the same port.
          address: addressOf(index),
          workDir: join(dir, `w-${host.name}`),
          buildSlots: 2,
          proxy: {
            ...{ configFile, adminSocket, masterSocket },
            public: { ...web, address: addressOf(index), certificates: join(dir, `c-${host.name}`) },
          },
        });
      }),
    );

    const listen = `127.0.0.1:${String(await freePort())}`;
    const url = `http://${listen}`;
    const secret = randomBytes(32).toString('hex');
    const token = randomBytes(24).toString('hex');
    const webhook = { url: `${url}/api/webhooks/github`, secret };
    const gitHub = keep(await startGitHub({ dir: join(dir, 'g'), webhook }));

    const file = (name: string, text: string) => {
      writeFileSync(join(dir, name), text, { mode: 0o600 });
      return join(dir, name);
    };
    const hostTokens = new Map(names.map((name) => [name, randomBytes(24).toString('hex')]));
    const isRemote = ({ name }: HostSettings) => remoteNames.includes(name);
    const shared = {
      LANDFALL_REGISTRY: registry,
      // Public repositories of the tests are served by this machine.
      LANDFALL_PRIVATE_SOURCES: '127.0.0.1',
      LANDFALL_LOG_LEVEL: 'warn',
      TEMPORAL_ADDRESS: temporal.address,
    };
    const dataDir = join(dir, 'data');
    await furnish(dataDir);
    const databaseUrl = givenDatabase ?? keep(await startPostgres({ dir: join(dir, 'postgres') })).url;
    const standalone = {
      ...shared,
      DATABASE_URL: databaseUrl,
      LANDFALL_DATA_DIR: dataDir,
      LANDFALL_LISTEN: listen,
      LANDFALL_TOKENS_FILE: file('tokens', `tester:${token}\n`),
      LANDFALL_HOST_TOKENS_FILE: file('host-tokens', [...hostTokens].map(([name, one]) => `${name}:${one}\n`).join('')),
      LANDFALL_HOSTS_FILE: file('hosts.json', JSON.stringify(settings.filter((host) => !isRemote(host)))),
      // Calls of GitHub that no test expects; the one that is about it asks for more.
      LANDFALL_REPAIR_EVERY: '1h',
      LANDFALL_WATCH_EVERY: '1h',
      GITHUB_API_URL: gitHub.url,
      GITHUB_APP_ID: String(gitHub.appId),
      GITHUB_APP_PRIVATE_KEY_FILE: file('app.pem', gitHub.privateKey),
      GITHUB_WEBHOOK_SECRET: secret,
      ...env,
    };
    const logFile = join(dir, 'landfall.log');
    let running: Process | undefined;
    const tuning = runtimeTuning({ ...process.env, ...env }, COMPILED);
    const start = async (program?: string) => {
      const other = program === undefined ? {} : { program };
      running = await startLandfall({ tuning, env: standalone, listenUrl: url, logFile, ...other });
    };
    endings.push(async () => running?.stop());
    await start();
    const elsewhere = (name: string) => ({
      ...shared,
      ...(env[SWITCH] !== undefined && { [SWITCH]: env[SWITCH] }),
      LANDFALL_URL: url,
      LANDFALL_HOST_TOKEN: hostTokens.get(name) ?? '',
      LANDFALL_HOSTS_FILE: file('all-hosts.json', JSON.stringify(settings)),
    });
    const remote = new Map(
      settings
        .filter(isRemote)
        .map(({ name }) => [name, keep(remoteHost(name, elsewhere(name), join(dir, `worker-${name}.log`)))]),
    );
    for (const host of remote.values()) await host.start();

    return {
      dir,
      gitHub,
      hosts,
      registry,
      web,
      remote,
      temporal: {
        address: temporal.address,
        uiUrl: temporal.uiUrl,
        kill: () => temporal.kill(),
        start: async () => {
          temporal = await beginTemporal();
        },
      },
      api: createApi(url, token),
      webhookSecret: secret,
      shop: await createShop(gitHub, join(dir, 'clone'), names, await freePort()),
      landfall: {
        url,
        start,
        pid: () => running?.pid ?? 0,
        kill: async () => {
          await running?.kill();
          running = undefined;
        },
        stop: async () => {
          await running?.stop();
          running = undefined;
        },
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
