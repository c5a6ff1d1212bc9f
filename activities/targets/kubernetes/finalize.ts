import type { V1Job } from '@kubernetes/client-node';
import { MAY } from '../stale-generation.ts';
import { removeOwn } from './apply.ts';
import { assertCurrentFence } from './fence.ts';
import { ANNOTATION, COMPONENT, objectSelector } from './labels.ts';
import {
  assertRunsNothingNewer,
  deploymentNamed,
  findVersion,
  isOf,
  look,
  servingVersion,
  type SeenVersion,
} from './look.ts';
import type { Writing } from './ownership.ts';
import type { KubernetesPlace } from './place.ts';
import { forgetBegun } from './release-mark.ts';
import type { Run } from './run.ts';
import { awaitGone, scaleToNone } from './strategy.ts';
import { releaseValues } from './values.ts';

/**
 * Removes older Deployments, with their variables. When nothing serves, it removes nothing: they may be the only way back.
 * With blue-green the run before keeps its Deployment, with its pods or without any if the service wants that.
 */
export async function finalize(
  place: KubernetesPlace,
  { deployed, captured }: { readonly deployed: Run; readonly captured: Run | null },
  signal: AbortSignal,
): Promise<void> {
  const { key, namespace, generation } = deployed;
  const writing: Writing = { owner: place.cluster.owner, key, namespace, generation, slack: MAY.unwind };
  const seen = await look(place, deployed, signal);
  assertRunsNothingNewer(deployed, seen);
  await assertCurrentFence(place, writing, signal);
  const serving = servingVersion(seen);
  if (!serving) return;

  const served = seen.versions.find(({ name, run }) =>
    serving.run && run ? isOf(serving.run)({ run }) : serving.name.startsWith(name),
  );
  const before = captured && deployed.strategy === 'blue-green' ? findVersion(seen, captured) : undefined;
  const kept = [served, before].filter((one): one is SeenVersion => one !== undefined);
  const unwanted = served ? seen.versions.filter((one) => !kept.includes(one)) : [];
  for (const version of unwanted) {
    signal.throwIfAborted();
    await removeOwn(place, deploymentNamed(version), writing, signal);
  }
  if (before && before !== served && deployed.run.warm === 'stopped') await scaleToNone(place, before, writing, signal);
  await awaitGone(
    place,
    deployed,
    ({ name, ending }) => ending || unwanted.some((one) => name.startsWith(`${one.name}-`)),
    signal,
  );
  await releaseJobs(place, deployed, deployed.deploymentId, signal);
  await forgetBegun(place, deployed, deployed.deploymentId, signal);
  await releaseUnneeded(place, deployed, captured, signal);
}

/** Keeps the variables of what is there, and of the way back. */
async function releaseUnneeded(
  place: KubernetesPlace,
  run: Run,
  captured: Run | null,
  signal: AbortSignal,
): Promise<void> {
  const { versions, pods } = await look(place, run, signal);
  const kept = [...versions, ...pods];
  if (kept.some((one) => !one.run)) return;
  await releaseValues(place, run, [...kept.map((one) => one.run?.variables), captured?.variables], signal);
}

/** Removes what is left of other deployments' release commands. The current one's stays: a call of it may come late. */
async function releaseJobs(
  { client, cluster }: KubernetesPlace,
  { key, namespace }: Pick<Run, 'key' | 'namespace'>,
  keep: string | null,
  signal: AbortSignal,
): Promise<void> {
  const labelSelector = objectSelector(cluster.owner, key, COMPONENT.release);
  const jobs = await client.list<V1Job>({ apiVersion: 'batch/v1', kind: 'Job' }, namespace, { labelSelector }, signal);
  for (const job of jobs) {
    if (keep !== null && job.metadata?.annotations?.[ANNOTATION.deployment] === keep) continue;
    signal.throwIfAborted();
    await client.delete(job, { uid: job.metadata?.uid }, signal);
  }
}
