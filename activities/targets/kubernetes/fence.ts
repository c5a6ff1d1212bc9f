/**
 * Keeps deployments that were overtaken away (docs/adr, "Order by sequence, fence by generation").
 *
 * A ConfigMap of the environment says which generation is the lowest that may still switch. It is written only as the
 * version that was read, and outlives everything else of the environment.
 */
import type { V1ConfigMap } from '@kubernetes/client-node';
import { environmentId } from '../../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import { staleGeneration, type Slack } from '../stale-generation.ts';
import { whileChanging } from './client/while-changing.ts';
import { COMPONENT, objectSelector } from './labels.ts';
import { fenceMap, readFence } from './manifests/fence-map.ts';
import { fenceName } from './names.ts';
import { assertOwned } from './ownership.ts';
import { makerOf, namespacesOf, type KubernetesPlace } from './place.ts';

interface At {
  readonly key: EnvironmentKey;
  readonly namespace: string;
}

interface Ranked extends At {
  readonly generation: number;
}

export const fenceRef = ({ key, namespace }: At) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: fenceName(key), namespace },
});

/** @throws `StaleGeneration` when a newer generation is or has been here */
export async function assertCurrentFence(
  { client }: KubernetesPlace,
  { key, namespace, generation, slack }: Ranked & { readonly slack: Slack },
  signal: AbortSignal,
): Promise<void> {
  const found = await client.read<V1ConfigMap>(fenceRef({ key, namespace }), signal);
  assertFence(found ? [found] : [], { key, generation }, slack);
}

/** @throws `StaleGeneration` */
export function assertFence(
  fences: readonly V1ConfigMap[],
  { key, generation }: Omit<Ranked, 'namespace'>,
  slack: Slack,
): void {
  const lowest = Math.max(0, ...fences.map((fence) => readFence(fence).generation));
  if (lowest > generation + slack) throw staleGeneration(environmentId(key), generation, lowest - 1);
}

/** From now on only this generation and newer ones may switch. Repeating it, or a lower one, changes nothing. */
export async function raiseFence(place: KubernetesPlace, at: At, lowest: number, signal: AbortSignal): Promise<void> {
  const { client, cluster } = place;
  const ref = fenceRef(at);
  await whileChanging(ref, async () => {
    const current = await client.read<V1ConfigMap>(ref, signal);
    if (!current) {
      await client.create(fenceMap(makerOf(place), at, { generation: lowest, begun: {} }), signal);
      return;
    }
    assertOwned(current, { owner: cluster.owner, key: at.key });
    const { generation, begun } = readFence(current);
    if (generation >= lowest) return;
    const raised = fenceMap(makerOf(place), at, { generation: lowest, begun });
    await client.replace(raised, current.metadata?.resourceVersion, signal);
  });
}

/** Those of the environment in whichever namespace: it may have moved. */
export async function fencesOf(
  place: KubernetesPlace,
  key: EnvironmentKey,
  signal: AbortSignal,
): Promise<readonly V1ConfigMap[]> {
  const labelSelector = objectSelector(place.cluster.owner, key, COMPONENT.fence);
  const lists = namespacesOf(place).map((namespace) =>
    place.client.list<V1ConfigMap>({ apiVersion: 'v1', kind: 'ConfigMap' }, namespace, { labelSelector }, signal),
  );
  return (await Promise.all(lists)).flat();
}
