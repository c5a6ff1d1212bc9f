/** One real Kubernetes API server with its controllers and simulated nodes, and environments on it. */
import { connectCluster } from '../../../activities/targets/kubernetes/client/connect.ts';
import { rulesOf } from '../../../activities/targets/kubernetes/access/permissions.ts';
import { createRequests, type ClusterRequests } from '../../../activities/targets/kubernetes/client/requests.ts';
import { createKubernetesTarget, type KubernetesTargetDeps } from '../../../activities/targets/kubernetes/target.ts';
import type { LogSink } from '../../../activities/logs/log-sink.port.ts';
import { ClusterSettings } from '../../../contracts/config/cluster.ts';
import type { KubernetesSettings } from '../../../contracts/config/targets/kubernetes.ts';
import { deploymentId } from '../../../contracts/core/ids.ts';
import type { LogLine } from '../../../contracts/deployment/logs.ts';
import type { TargetRequest } from '../../../contracts/deployment/target.ts';
import { testCluster } from '../../support/cluster.ts';
import { eventually } from '../../support/eventually.ts';
import { putImage } from '../../support/registry-image.ts';
import { testRegistry } from '../../support/registry.ts';
import { kubernetesRequest } from '../../support/targets/kubernetes.ts';
import type { Scene, TargetHarness, Version } from './contract.ts';
import { createVariables } from './variables.ts';

/** The part of an object that shows whether anything was changed. */
interface Listed {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly uid: string };
    readonly spec?: object;
  }[];
}

type Strategy = KubernetesSettings['strategy'];

const CHANGING: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** @param name - of the cluster's repositories: unique in the run */
export async function startKubernetesPlace(name: string, settings: Partial<ClusterSettings> = {}) {
  const cluster = await testCluster();
  const images = {
    one: await published(`${name}/one`),
    two: await published(`${name}/two`),
    three: await published(`${name}/three`),
  } satisfies Record<Version, string>;
  for (const version of ['one', 'two', 'three'] as const) {
    await cluster.program(`${name}/${version}`, ({ path }) =>
      path === '/' ? { status: 200, body: `ok ${version}` } : { status: path === '/health' ? 200 : 404, body: path },
    );
  }
  const usual = ClusterSettings.parse({ name, kubeconfig: cluster.kubeconfig, ...settings });
  // An account that may do what docs/kubernetes.md asks for, and nothing else.
  const kubeconfig = await cluster.identity(rulesOf(usual));
  const place = { ...usual, kubeconfig };
  const requests = createRequests(connectCluster(place));
  const logged = new Map<string, LogLine[]>();
  const logs: LogSink = {
    append: async (stream, lines) => void logged.set(stream, [...(logged.get(stream) ?? []), ...lines]),
  };
  const variables = createVariables();
  const deps: KubernetesTargetDeps = {
    cluster: place,
    requests,
    logs,
    variables: variables.source,
    registry: { address: testRegistry(), insecure: true },
  };

  let changes = 0;
  let armed: { readonly at: number; readonly act: () => void } | undefined;
  /** The call is carried out, whatever becomes of its caller. */
  const counted: ClusterRequests = async (call) => {
    if (!CHANGING.has(call.method) || call.query?.['dryRun'] !== undefined) return requests(call);
    changes += 1;
    if (changes !== armed?.at) return requests(call);
    armed.act();
    return requests({ ...call, signal: AbortSignal.timeout(20_000) });
  };

  let scenes = 0;

  async function scene(strategy: Strategy, changed: Partial<KubernetesSettings> = {}): Promise<KubernetesScene> {
    scenes += 1;
    const key = { project: 'shop', service: `s${scenes}`, environment: 'production' };
    const namespace = await cluster.namespace();
    const path = (kind: string, api = '/api/v1') => `${api}/namespaces/${namespace}/${kind}`;
    const deployments = path('deployments', '/apis/apps/v1');
    const find = async ({ deploymentId: id }: TargetRequest) => {
      const { items } = await cluster.api.call<{
        items: { metadata: { name: string; annotations: Record<string, string> }; spec: unknown }[];
      }>('GET', deployments);
      const found = items.find(({ metadata }) => metadata.annotations['landfall.dev/deployment'] === id);
      if (!found) throw new Error(`there is no Deployment of ${id}`);
      return found.metadata.name;
    };
    return {
      key,
      namespace,
      request: (version, generation, { settings: own, ...rest } = {}) =>
        kubernetesRequest({
          key,
          deploymentId: deploymentId(key, generation),
          generation,
          image: images[version],
          run: { port: 8080, env: {}, stopTimeoutMs: 2_000 },
          health: {
            kind: 'http',
            path: '/health',
            status: 200,
            timeoutMs: 20_000,
            attempts: 3,
            firstWaitMs: 100,
            maxWaitMs: 100,
          },
          settings: { namespace, strategy, replicas: 1, rolloutMs: 120_000, ...changed, ...own },
          ...rest,
        }),
      visit: () => cluster.visit(namespace, key.service),
      async snapshot() {
        const kinds = [
          path('pods'),
          path('services'),
          path('secrets'),
          deployments,
          path('jobs', '/apis/batch/v1'),
          path('ingresses', '/apis/networking.k8s.io/v1'),
        ];
        const lists = kinds.map(async (one) => {
          const { items } = await cluster.api.call<Listed>('GET', one);
          return items.map(({ metadata: { name, uid }, spec }) => ({ name, uid, spec }));
        });
        return Promise.all(lists);
      },
      async loseReplica(request) {
        const name = await find(request);
        await cluster.api.call('DELETE', `${deployments}/${name}`, { propagationPolicy: 'Background' });
        await eventually('its pods to go', async () => {
          const { items } = await cluster.api.call<Listed>('GET', path('pods'));
          return items.filter((one) => one.metadata.name.startsWith(`${name}-`)).length === 0;
        });
      },
      // Simulated nodes keep no images.
      loseImage: async () => undefined,
      async disguise(request, version) {
        const containers = [{ name: key.service, image: images[version] }];
        const body = { spec: { template: { spec: { containers } } } };
        await cluster.api.call(
          'PATCH',
          `${deployments}/${await find(request)}`,
          body,
          'application/strategic-merge-patch+json',
        );
        await eventually('the other version to answer alone', async () => {
          const answers = [
            await cluster.visit(namespace, key.service),
            (await cluster.api.call<Listed>('GET', path('pods'))).items.length,
          ];
          return answers[0] === `ok ${version}` && answers[1] === 1;
        });
      },
    };
  }

  return {
    name,
    cluster,
    images,
    scene,
    variables,
    deps,
    requests,
    target: (changed: Partial<KubernetesTargetDeps> = {}) => createKubernetesTarget({ ...deps, ...changed }),
    /** The lines logged to a stream. */
    logged: (stream: string) => (logged.get(stream) ?? []).map(({ text }) => text),
    harness: (strategy: Strategy): TargetHarness => ({
      activities: () => createKubernetesTarget(deps),
      interrupted(at, act) {
        changes = 0;
        armed = { at, act };
        return createKubernetesTarget({ ...deps, requests: counted });
      },
      changes: () => changes,
      scene: async () => scene(strategy),
      keepsPrevious: strategy === 'blue-green',
      missingImage: `${images.one.split('@')[0] ?? ''}@sha256:${'0'.repeat(64)}`,
    }),
  };
}

/** @returns `registry/name@sha256:…` of an image that only has a digest: simulated nodes run no program of it */
export async function published(name: string): Promise<string> {
  const registry = testRegistry();
  return `${registry}/${name}@${await putImage({ registry, name, tag: 'test', author: name })}`;
}

export interface KubernetesScene extends Scene {
  readonly namespace: string;
  request(
    version: Version,
    generation: number,
    changes?: Partial<TargetRequest> & { readonly settings?: Partial<KubernetesSettings> },
  ): TargetRequest;
}
