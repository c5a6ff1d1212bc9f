import type { KubernetesObject, V1ConfigMap } from '@kubernetes/client-node';
import { environmentId } from '../../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import type { RemovalRequest } from '../../../contracts/deployment/target.ts';
import { MAY, staleGeneration } from '../stale-generation.ts';
import { named } from './client/paths.ts';
import { whileChanging } from './client/while-changing.ts';
import { assertFence, fencesOf, raiseFence } from './fence.ts';
import { COMPONENT, LABEL, generationIn, objectSelector } from './labels.ts';
import { assertNotNewer } from './ownership.ts';
import { namespacesOf, type KubernetesPlace } from './place.ts';
import { forgetBegun } from './release-mark.ts';
import { awaitGone } from './strategy.ts';

/** In this order: nothing leads to pods that end, and nothing is named by what is there. */
const KINDS = [
  ['networking.k8s.io/v1', 'Ingress'],
  ['v1', 'Service'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler'],
  ['policy/v1', 'PodDisruptionBudget'],
  ['apps/v1', 'Deployment'],
  ['batch/v1', 'Job'],
  ['v1', 'ConfigMap'],
  ['v1', 'Secret'],
] as const;

/**
 * Removes everything of the environment, in whichever namespace it is. The fence stays: it keeps a switch that comes late
 * from bringing anything up again. So do namespaces: other environments and people have things in them.
 */
export async function remove(place: KubernetesPlace, request: RemovalRequest, signal: AbortSignal): Promise<void> {
  const { key, generation } = request;
  const fences = await fencesOf(place, key, signal);
  assertFence(fences, request, MAY.unwind);
  const found = await everything(place, key, signal);
  assertNothingNewer(request, found);
  const namespaces = new Set([...fences, ...found].map(({ metadata }) => metadata?.namespace ?? ''));
  for (const namespace of namespaces) {
    signal.throwIfAborted();
    await raiseFence(place, { key, namespace }, generation + MAY.unwind, signal);
  }
  for (const object of await everything(place, key, signal)) {
    if (object.kind === 'Pod' || object.metadata?.deletionTimestamp) continue;
    await whileChanging(object, async () => {
      const current = await place.client.read<KubernetesObject>(object, signal);
      if (!current) return;
      assertNotNewer(current, { key, generation, slack: MAY.unwind });
      signal.throwIfAborted();
      const { uid, resourceVersion } = current.metadata ?? {};
      await place.client.delete(object, { uid, resourceVersion }, signal);
    });
  }
  for (const namespace of namespaces) {
    await awaitGone(place, { key, namespace }, () => true, signal);
    await forgetBegun(place, { key, namespace }, null, signal);
  }
}

/** The names of what the cluster still has of the environment, but for its fence. Changes nothing. */
export async function remains(
  place: KubernetesPlace,
  { key }: RemovalRequest,
  signal: AbortSignal,
): Promise<readonly string[]> {
  return (await everything(place, key, signal)).map(named);
}

async function everything(
  place: KubernetesPlace,
  key: EnvironmentKey,
  signal: AbortSignal,
): Promise<readonly KubernetesObject[]> {
  const labelSelector = objectSelector(place.cluster.owner, key);
  const kinds = [...KINDS, ['v1', 'Pod'] as const];
  const lists = namespacesOf(place).flatMap((namespace) =>
    kinds.map(([apiVersion, kind]) =>
      place.client.list<KubernetesObject>({ apiVersion, kind }, namespace, { labelSelector }, signal),
    ),
  );
  return (await Promise.all(lists)).flat().filter((object) => !isFence(object));
}

const isFence = ({ metadata }: Pick<V1ConfigMap, 'metadata'>): boolean =>
  metadata?.labels?.[LABEL.component] === COMPONENT.fence;

/** @throws `StaleGeneration` where something newer runs */
function assertNothingNewer({ key, generation }: RemovalRequest, found: readonly KubernetesObject[]): void {
  const newest = Math.max(0, ...found.map(({ metadata }) => generationIn(metadata?.labels) ?? 0));
  if (newest > generation) throw staleGeneration(environmentId(key), generation, newest);
}
