/** Marks in the fence: the release commands that were going to be run. A Job that is gone while its mark stays may have run. */
import type { V1ConfigMap, V1Job } from '@kubernetes/client-node';
import { environmentId } from '../../../contracts/core/ids.ts';
import { MAY, staleGeneration } from '../stale-generation.ts';
import { whileChanging } from './client/while-changing.ts';
import { fenceRef } from './fence.ts';
import { COMPONENT, objectSelector } from './labels.ts';
import { fenceMap, readFence, type Fence } from './manifests/fence-map.ts';
import { assertOwned } from './ownership.ts';
import { makerOf, type KubernetesPlace } from './place.ts';
import type { Run } from './run.ts';

type At = Pick<Run, 'key' | 'namespace'>;

/** True when this Job was going to be run, by this call or an earlier one. */
export async function isMarked(
  { client }: KubernetesPlace,
  at: At,
  job: string,
  signal: AbortSignal,
): Promise<boolean> {
  const found = await client.read<V1ConfigMap>(fenceRef(at), signal);
  return found !== undefined && Object.hasOwn(readFence(found).begun, job);
}

/** @throws `StaleGeneration` when a newer generation has come meanwhile: then nothing is marked */
export async function markBegun(place: KubernetesPlace, run: Run, job: string, signal: AbortSignal): Promise<void> {
  const { key, generation, deploymentId } = run;
  await changeFence(place, run, signal, (fence) => {
    if (fence.generation > generation + MAY.switch)
      throw staleGeneration(environmentId(key), generation, fence.generation - 1);
    return { ...fence, begun: { ...fence.begun, [job]: deploymentId } };
  });
}

/**
 * Forgets the marks of other deployments' commands whose Jobs are gone.
 *
 * @param keep - the deployment whose marks stay: a call of it may come late
 */
export async function forgetBegun(
  place: KubernetesPlace,
  at: At,
  keep: string | null,
  signal: AbortSignal,
): Promise<void> {
  const labelSelector = objectSelector(place.cluster.owner, at.key, COMPONENT.release);
  const jobs = await place.client.list<V1Job>(JOB, at.namespace, { labelSelector }, signal);
  const there = new Set(jobs.map(({ metadata }) => metadata?.name ?? ''));
  const isKept = ([job, deployment]: readonly [string, string]) => deployment === keep || there.has(job);
  await changeFence(place, at, signal, (fence) => {
    const kept = Object.entries(fence.begun).filter(isKept);
    return kept.length === Object.keys(fence.begun).length ? fence : { ...fence, begun: Object.fromEntries(kept) };
  });
}

export const JOB = { apiVersion: 'batch/v1', kind: 'Job' } as const;

/** Writes the fence only as the version that was read. A change that gives the same fence back writes nothing. */
async function changeFence(
  place: KubernetesPlace,
  at: At,
  signal: AbortSignal,
  change: (fence: Fence) => Fence,
): Promise<void> {
  const { client, cluster } = place;
  const ref = fenceRef(at);
  await whileChanging(ref, async () => {
    const current = await client.read<V1ConfigMap>(ref, signal);
    if (current) assertOwned(current, { owner: cluster.owner, key: at.key });
    const before = current ? readFence(current) : { generation: 0, begun: {} };
    const after = change(before);
    if (after === before) return;
    signal.throwIfAborted();
    const map = fenceMap(makerOf(place), at, after);
    if (!current) return void (await client.create(map, signal));
    await client.replace(map, current.metadata?.resourceVersion, signal);
  });
}
