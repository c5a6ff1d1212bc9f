/** The objects and pods of an environment in a cluster now, and which pods get requests. */
import type { V1Deployment, V1EndpointSlice, V1Pod, V1Service } from '@kubernetes/client-node';
import { environmentId } from '../../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import type { CapturedRun } from '../../../contracts/deployment/target.ts';
import { staleGeneration } from '../stale-generation.ts';
import { ANNOTATION, COMPONENT, LABEL, generationIn, objectSelector } from './labels.ts';
import { clusterServiceName } from './names.ts';
import type { KubernetesPlace } from './place.ts';
import { readRun, type KubernetesRun } from './run.ts';

/** One pod of a version of the service. */
export interface SeenPod {
  readonly pod: V1Pod;
  readonly name: string;
  /** 0 without a readable label: it counts as old. */
  readonly generation: number;
  /** `undefined` when its annotations cannot be read. */
  readonly run: KubernetesRun | undefined;
  /** Its container runs, and nobody wants it gone. */
  readonly running: boolean;
  readonly ready: boolean;
  /** New requests reach it by the Service. */
  readonly serving: boolean;
  /** It is on its way out. */
  readonly ending: boolean;
}

/** One Deployment of the environment. */
export interface SeenVersion {
  readonly deployment: V1Deployment;
  readonly name: string;
  readonly generation: number;
  readonly run: KubernetesRun | undefined;
}

/** Its address. */
export const deploymentNamed = ({ name, deployment }: SeenVersion) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: deployment.metadata?.namespace ?? '' },
});

export interface Seen {
  readonly service: V1Service | undefined;
  /** Newest generation first. */
  readonly versions: readonly SeenVersion[];
  /** Newest generation first. */
  readonly pods: readonly SeenPod[];
}

export interface Environment {
  readonly key: EnvironmentKey;
  readonly namespace: string;
}

export const serviceRef = ({ key, namespace }: Environment) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: clusterServiceName(key), namespace },
});

export async function look(
  { client, cluster }: KubernetesPlace,
  { key, namespace }: Environment,
  signal: AbortSignal,
): Promise<Seen> {
  const labelSelector = objectSelector(cluster.owner, key, COMPONENT.server);
  const ofService = { labelSelector: `kubernetes.io/service-name=${clusterServiceName(key)}` };
  const [service, deployments, pods, slices] = await Promise.all([
    client.read<V1Service>(serviceRef({ key, namespace }), signal),
    client.list<V1Deployment>({ apiVersion: 'apps/v1', kind: 'Deployment' }, namespace, { labelSelector }, signal),
    client.list<V1Pod>({ apiVersion: 'v1', kind: 'Pod' }, namespace, { labelSelector }, signal),
    client.list<V1EndpointSlice>(SLICE, namespace, ofService, signal),
  ]);
  const ours = service?.metadata?.labels?.[LABEL.owner] === cluster.owner ? service : undefined;
  const reached = ours ? readyNames(slices) : new Set<string>();
  return {
    service: ours,
    versions: newestFirst(deployments.map(versionOf)),
    pods: newestFirst(pods.map((pod) => podOf(pod, reached))),
  };
}

const SLICE = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' } as const;

/** The pods of a Service that get new requests ("EndpointSlices", "Conditions": an unknown readiness counts as ready). */
function readyNames(slices: readonly V1EndpointSlice[]): ReadonlySet<string> {
  const ready = slices.flatMap(({ endpoints }) =>
    // An empty list comes as null.
    ((endpoints as V1EndpointSlice['endpoints'] | null) ?? []).filter(({ conditions }) => conditions?.ready !== false),
  );
  return new Set(ready.flatMap(({ targetRef }) => (targetRef?.name === undefined ? [] : [targetRef.name])));
}

const newestFirst = <T extends { readonly generation: number; readonly name: string }>(all: readonly T[]): T[] =>
  all.toSorted((one, other) => other.generation - one.generation || one.name.localeCompare(other.name));

const versionOf = (deployment: V1Deployment): SeenVersion => ({
  deployment,
  name: deployment.metadata?.name ?? '',
  generation: generationIn(deployment.metadata?.labels) ?? 0,
  run: readRun(deployment.metadata?.annotations),
});

function podOf(pod: V1Pod, reached: ReadonlySet<string>): SeenPod {
  const { metadata, status } = pod;
  const name = metadata?.name ?? '';
  const ending = metadata?.deletionTimestamp !== undefined;
  const running = !ending && status?.containerStatuses?.some(({ state }) => state?.running !== undefined) === true;
  return {
    pod,
    name,
    generation: generationIn(metadata?.labels) ?? 0,
    run: readRun(metadata?.annotations),
    running,
    ready: !ending && status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true,
    serving: running && reached.has(name),
    ending,
  };
}

/** The deployment that a pod belongs to, also where the rest of its record cannot be read. */
export const deploymentOfPod = ({ pod }: SeenPod): string => pod.metadata?.annotations?.[ANNOTATION.deployment] ?? '';

/** The digest of a pod's image, by its node: what was pulled, and not what was asked for. */
export function digestIn({ pod }: SeenPod): string {
  const id = pod.status?.containerStatuses?.[0]?.imageID ?? '';
  return /sha256:[0-9a-f]{64}$/.exec(id)?.[0] ?? '';
}

/**
 * For operations that only look: a generation that was taken back does not hide the running one.
 * @throws `StaleGeneration` when a newer generation is here
 */
export function assertRunsNothingNewer(
  { key, generation }: { readonly key: EnvironmentKey; readonly generation: number },
  { versions, pods }: Seen,
): void {
  const newest = Math.max(0, ...[...versions, ...pods.filter(({ ending }) => !ending)].map((one) => one.generation));
  if (newest > generation) throw staleGeneration(environmentId(key), generation, newest);
}

/** The Deployment of exactly this run. */
export const findVersion = (
  { versions }: Pick<Seen, 'versions'>,
  { deploymentId, generation }: Pick<CapturedRun, 'deploymentId' | 'generation'>,
) => versions.find(({ run }) => run?.deploymentId === deploymentId && run.generation === generation);

/** True for pods of exactly this run. */
export const isOf =
  ({ deploymentId, generation }: Pick<CapturedRun, 'deploymentId' | 'generation'>) =>
  ({ run }: Pick<SeenPod, 'run'>): boolean =>
    run?.deploymentId === deploymentId && run.generation === generation;

/**
 * The version that requests go to, also while it is down for the moment of a restart: by its ready pods, or else by the
 * Deployment that the Service selects.
 */
export function servingVersion({ service, versions, pods }: Seen): SeenPod | SeenVersion | undefined {
  if (!service) return undefined;
  // Two are reached only where a rollout was broken off half-way; the newer one has proven itself.
  const reached = pods.find(({ serving }) => serving);
  if (reached) return reached;
  const selected = generationIn(service.spec?.selector);
  return selected === undefined ? versions[0] : versions.find(({ generation }) => generation === selected);
}
