/** Everything that the demo plays on, each on a port of its own and in one folder, for this run only. */
import type { GitHubId } from '../../contracts/core/github-id.ts';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HostSettings } from '../../contracts/config/host.ts';
import { Secret } from '../../contracts/core/secret.ts';
import { startPodmanHost } from '../../infra/dev/podman-host.ts';
import { freePort } from '../../infra/dev/process.ts';
import { letDatabaseThrough } from '../../infra/dev/postgres/account.ts';
import { startPostgres } from '../../infra/dev/postgres/server.ts';
import { startProxy } from '../../infra/dev/proxy.ts';
import { startRegistry } from '../../infra/dev/registry.ts';
import { startTemporal } from '../../infra/dev/temporal.ts';
import { TYPED, type Access } from '../access.ts';
import { tuningOf } from '../runtime-tuning.ts';
import { ensureTokensFile } from '../up/access-token.ts';
import { ensureRegistryLogin } from '../up/registry-login.ts';
import type { Kept } from '../up/keep-running.ts';
import { keepRunning } from '../up/keep-running.ts';
import { startLandfall } from '../up/landfall.ts';
import type { Cleanup } from './cleanup.ts';
import type { Ports } from './example-app.ts';
import type { GitHub } from './github.ts';
import { startGitHub } from './github.ts';
import type { Narrator } from './narrator.ts';
import type { DemoRepository } from './repository.ts';
import { createRepository } from './repository.ts';

export interface Stage {
  readonly access: Access;
  readonly tokensFile: string;
  readonly temporalUi: string;
  /** The address of the deployed service. */
  readonly serviceUrl: string;
  readonly ports: Ports;
  readonly gitHub: GitHub;
  readonly repository: DemoRepository & { readonly id: GitHubId };
  readonly landfall: Kept;
}

/** Sets the stage, piece by piece; each one is handed to `cleanup` as soon as it stands. */
export async function setStage(dir: string, cleanup: Cleanup, narrator: Narrator, signal: AbortSignal): Promise<Stage> {
  const start = async <T extends { stop(): Promise<void> }>(
    name: string,
    address: (part: T) => string,
    starting: () => Promise<T>,
  ): Promise<T> => {
    signal.throwIfAborted();
    const startedAt = performance.now();
    const part = await starting();
    cleanup.add(name, () => part.stop());
    narrator.piece(name, address(part), performance.now() - startedAt);
    return part;
  };
  const tuning = tuningOf(process.env, join(dir, 'landfall', 'cache', 'compiled'));
  const listen = `127.0.0.1:${String(await freePort())}`;
  const url = `http://${listen}`;
  const webhookSecret = randomBytes(32).toString('hex');

  letDatabaseThrough(dir);
  const postgres = await start(
    'PostgreSQL',
    ({ url: databaseUrl }) => databaseUrl,
    () => startPostgres({ dir: join(dir, 'postgres'), bin: process.env['LANDFALL_POSTGRES_BIN'] }),
  );
  const temporal = await start(
    'Temporal',
    ({ uiUrl }) => uiUrl,
    () => startTemporal({ dir: join(dir, 'temporal'), persistent: true }),
  );
  const registryPort = await freePort();
  const authFile = join(dir, 'registry-auth.json');
  const htpasswd = await ensureRegistryLogin(authFile, `127.0.0.1:${String(registryPort)}`);
  const registry = await start(
    'registry',
    ({ address }) => address,
    () => startRegistry({ dir: join(dir, 'registry'), port: registryPort, htpasswd }),
  );
  const podman = await start(
    'Podman',
    ({ socket }) => socket,
    () => startPodmanHost({ dir: join(dir, 'podman'), name: 'local', registries: [registry.address] }),
  );
  const proxy = await start(
    'HAProxy',
    ({ adminSocket }) => adminSocket,
    () => startProxy({ dir: join(dir, 'proxy') }),
  );
  const gitHub = await start(
    'GitHub',
    (standIn) => `${standIn.url} (a stand-in)`,
    () => startGitHub({ dir: join(dir, 'github'), webhookUrl: `${url}/api/webhooks/github`, webhookSecret }),
  );

  const host = HostSettings.parse({
    name: 'local',
    roles: ['build', 'run'],
    podmanSocket: podman.socket,
    address: '127.0.0.1',
    workDir: join(dir, 'host'),
    buildSlots: 1,
    proxy: { configFile: proxy.configFile, adminSocket: proxy.adminSocket, masterSocket: proxy.masterSocket },
  });
  const hostsFile = join(dir, 'hosts.json');
  await writeFile(hostsFile, JSON.stringify([host]));
  const tokensFile = join(dir, 'tokens');
  await ensureTokensFile(tokensFile);
  const env = {
    DATABASE_URL: postgres.url,
    LANDFALL_DATA_DIR: join(dir, 'landfall'),
    LANDFALL_LISTEN: listen,
    LANDFALL_URL: url,
    LANDFALL_TOKENS_FILE: tokensFile,
    LANDFALL_HOSTS_FILE: hostsFile,
    LANDFALL_REGISTRY: registry.address,
    LANDFALL_REGISTRY_AUTH_FILE: authFile,
    TEMPORAL_ADDRESS: temporal.address,
    GITHUB_API_URL: gitHub.url,
    GITHUB_APP_ID: String(gitHub.appId),
    GITHUB_APP_PRIVATE_KEY_FILE: gitHub.privateKeyFile,
    GITHUB_WEBHOOK_SECRET: webhookSecret,
  };
  const landfall = await start(
    'Landfall',
    () => url,
    () =>
      keepRunning(
        'Landfall',
        () => startLandfall({ tuning, env, listenUrl: url, logFile: join(dir, 'landfall.log'), signal }),
        {
          tell: (line) => narrator.say(line),
          started: async () => undefined,
        },
      ),
  );
  const ports = { dev: await freePort(), staging: await freePort(), production: await freePort() };
  const added = await gitHub.addRepository('acme', 'shop');
  return {
    access: {
      ...{ url, from: TYPED, wanted: 'landfall demo' },
      token: new Secret(((await readFile(tokensFile, 'utf8')).split(':')[1] ?? '').trim()),
    },
    tokensFile,
    temporalUi: temporal.uiUrl,
    serviceUrl: `http://127.0.0.1:${String(ports.production)}`,
    ports,
    gitHub,
    repository: { ...(await createRepository(join(dir, 'clone'), added.pushUrl)), id: added.id },
    landfall,
  };
}
