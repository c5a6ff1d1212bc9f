/** One real Podman host with a real HAProxy, and environments on it. */
import { readFileSync } from 'node:fs';
import { createPodmanClient } from '../../../activities/podman/client.ts';
import { createContainers } from '../../../activities/podman/containers.ts';
import type { LogSink } from '../../../activities/logs/log-sink.port.ts';
import { createPodmanTarget, type PodmanTargetDeps } from '../../../activities/targets/podman/target.ts';
import { HostSettings } from '../../../contracts/config/host.ts';
import { deploymentId, environmentId } from '../../../contracts/core/ids.ts';
import type { LogLine } from '../../../contracts/deployment/logs.ts';
import type { Route } from '../../../contracts/config/routes.ts';
import type { Strategy } from '../../../contracts/config/targets/podman.ts';
import type { TargetRequest } from '../../../contracts/deployment/target.ts';
import { freePort } from '../../../infra/dev/process.ts';
import { testHost } from '../../support/podman.ts';
import { testProxy } from '../../support/proxy.ts';
import { podmanSettings } from '../../support/targets/podman.ts';
import { testRegistry } from '../../support/registry.ts';
import { tempDir } from '../../support/tmp.ts';
import type { Scene, TargetHarness, Version } from './contract.ts';
import { PATHS, PORT, publish } from './images.ts';
import { createRelays } from './relay.ts';
import { createVariables } from './variables.ts';

/**
 * @param name - of the host and of its repository: unique in the run
 * @param web - the host opens ports for the web
 */
export async function startPodmanPlace(name: string, { web = false }: { readonly web?: boolean } = {}) {
  const [engine, proxy] = await Promise.all([testHost(name), testProxy()]);
  const repository = `${testRegistry()}/${name}/web`;
  const images = {
    one: await publish({ repository, version: 'one' }),
    two: await publish({ repository, version: 'two' }),
    three: await publish({ repository, version: 'three' }),
  } satisfies Record<Version, string>;
  const podman = createPodmanClient(engine.socket);
  const containers = createContainers(podman);

  const host = HostSettings.parse({
    name,
    podmanSocket: engine.socket,
    workDir: tempDir(),
    proxy: {
      configFile: proxy.configFile,
      adminSocket: proxy.adminSocket,
      masterSocket: proxy.masterSocket,
      ...(web && { public: { httpPort: await freePort(), httpsPort: await freePort(), certificates: tempDir() } }),
    },
  });
  const logged = new Map<string, LogLine[]>();
  const logs: LogSink = {
    append: async (stream, lines) => void logged.set(stream, [...(logged.get(stream) ?? []), ...lines]),
  };
  const variables = createVariables();
  const deps: PodmanTargetDeps = {
    host,
    podman,
    logs,
    variables: variables.source,
    registry: { address: testRegistry(), insecure: true },
  };

  const relays = createRelays(tempDir());
  const socket = await relays.inFrontOf(engine.socket);
  const relayed = {
    socket,
    podman: createPodmanClient(socket),
    host: {
      ...host,
      proxy: {
        ...host.proxy,
        configFile: proxy.configFile,
        adminSocket: await relays.inFrontOf(proxy.adminSocket),
        masterSocket: await relays.inFrontOf(proxy.masterSocket),
      },
    },
  };

  let scenes = 0;

  async function scene(strategy: Strategy): Promise<PodmanScene> {
    scenes += 1;
    const key = { project: 'shop', service: `s${scenes}`, environment: 'production' };
    const publishPort = await freePort();
    const url = `http://${host.address}:${publishPort}/`;
    const find = async ({ deploymentId: id, generation }: TargetRequest) => {
      const all = await containers.list(`landfall.key=${environmentId(key)}`);
      const found = all.find((one) => one.name === `landfall.${id}.${generation}`);
      if (!found) throw new Error(`there is no container of ${id}`);
      return found;
    };
    return {
      key,
      url,
      publishPort,
      request: (
        version,
        generation,
        { routes, publishPort: port = routes ? undefined : publishPort, strategy: way = strategy, ...changes } = {},
      ) => ({
        key,
        deploymentId: deploymentId(key, generation),
        generation,
        image: images[version],
        commit: '0123456789abcdef0123456789abcdef01234567',
        run: { port: PORT, env: {}, stopTimeoutMs: 2_000 },
        health: {
          kind: 'http',
          path: PATHS.healthy,
          status: 200,
          timeoutMs: 20_000,
          attempts: 3,
          firstWaitMs: 100,
          maxWaitMs: 100,
        },
        kindSettings: podmanSettings({
          strategy: way,
          ...(port !== undefined && { publishPort: port }),
          ...(routes && { routes }),
        }),
        ...changes,
      }),
      visit: () => visit(url),
      async snapshot() {
        const all = await containers.list(`landfall.key=${environmentId(key)}`);
        const { stdout } = await engine.podman([
          'images',
          '--format',
          '{{.Names}}',
          '--filter',
          `reference=localhost/landfall/${environmentId(key)}`,
        ]);
        const config = readFileSync(proxy.configFile, 'utf8');
        return {
          containers: all.map(({ id, state }) => ({ id, state })).toSorted((a, b) => a.id.localeCompare(b.id)),
          images: stdout,
          // Other sections are other scenes' business.
          section: config.split('\n').filter((line) => line.includes(`"${environmentId(key)}"`)),
        };
      },
      async loseReplica(request) {
        await containers.remove((await find(request)).id);
      },
      async loseImage({ image }) {
        const { stdout: id } = await engine.podman(['image', 'inspect', '--format', '{{.Id}}', image]);
        await engine.podman(['rmi', '--force', id.trim()]);
      },
      async disguise(request, version) {
        const { name: original, id, labels, ports: published } = await find(request);
        const port = published[0]?.port ?? 0;
        await containers.remove(id);
        await engine.podman(['pull', '--quiet', images[version]]);
        const args = Object.entries(labels)
          .filter(([label]) => label.startsWith('landfall.'))
          .flatMap(([label, value]) => ['--label', `${label}=${value}`]);
        await engine.podman([
          'run',
          '--detach',
          '--name',
          original,
          '--publish',
          `127.0.0.1:${port}:${PORT}`,
          ...args,
          images[version],
        ]);
        while ((await visit(`http://127.0.0.1:${port}/`)) !== `ok ${version}`);
      },
    };
  }

  return {
    name,
    engine,
    proxy,
    podman,
    containers,
    host,
    repository,
    images,
    scene,
    variables,
    relays,
    deps,
    /** A target like that of a worker that has just been started. */
    target: (changes: Partial<PodmanTargetDeps> = {}) => createPodmanTarget({ ...deps, ...changes }),
    /** The host's sockets behind {@link relays}. */
    relayed,
    /** The lines logged to a stream. */
    logged: (stream: string) => (logged.get(stream) ?? []).map(({ text }) => text),
    harness: (strategy: Strategy): TargetHarness => ({
      activities: () => createPodmanTarget(deps),
      interrupted(at, act) {
        relays.arm(at, act);
        return createPodmanTarget({ ...deps, podman: relayed.podman, host: relayed.host });
      },
      changes: relays.count,
      scene: () => scene(strategy),
      keepsPrevious: strategy === 'blue-green',
      // A container that publishes its port itself has nothing in front of it.
      pages: strategy === 'blue-green',
      missingImage: `${repository}@sha256:${'0'.repeat(64)}`,
    }),
  };
}

export interface PodmanScene extends Scene {
  readonly url: string;
  readonly publishPort: number;
  request(
    version: Version,
    generation: number,
    changes?: Partial<TargetRequest> & {
      readonly strategy?: Strategy;
      readonly publishPort?: number;
      /** In place of the port, unless one is named as well. */
      readonly routes?: readonly Route[];
    },
  ): TargetRequest;
}

/** The body, or the status or error when there is none to be glad of. */
export async function visit(url: string): Promise<string> {
  try {
    const response = await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(5_000) });
    const text = (await response.text()).trim();
    return response.ok ? text : `status ${response.status}`;
  } catch (error) {
    return `no answer: ${String(error)}`;
  }
}
