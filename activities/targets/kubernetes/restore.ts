import { heartbeat } from '@temporalio/activity';
import { shortCommit } from '../../../contracts/core/names.ts';
import type { Values } from '../fetch-variables.ts';
import { until } from '../poll-until.ts';
import { MAY } from '../stale-generation.ts';
import { tell } from '../tell.ts';
import { removeOwn } from './apply.ts';
import { assertCurrentFence, raiseFence } from './fence.ts';
import { assertImage } from './image.ts';
import { assertRunsNothingNewer, deploymentNamed, findVersion, isOf, look, serviceRef, type SeenPod } from './look.ts';
import { unaskedOf } from './manifests/all.ts';
import { ensureNamespace } from './namespace.ts';
import type { Writing } from './ownership.ts';
import type { KubernetesPlace } from './place.ts';
import { lookAtRollout } from './rollout.ts';
import type { Run } from './run.ts';
import { awaitGone, takeOver } from './strategy.ts';
import { ensureValues, releaseValues } from './values.ts';

const POLL_MS = 200;

/**
 * Goes back to the captured run, by its own strategy: a warm one is a change of the Service away, one that is gone is made
 * again from its image. The caller checks whether it is healthy.
 *
 * @throws `ImageNotFound` when the registry has lost the image: the serving run is then left alone
 */
export async function restore(
  place: KubernetesPlace,
  { failed, captured, values }: { readonly failed: Run; readonly captured: Run | null; readonly values: Values },
  signal: AbortSignal,
): Promise<void> {
  const { key, generation, namespace } = failed;
  const writing: Writing = { owner: place.cluster.owner, key, namespace, generation, slack: MAY.unwind };
  await ensureNamespace(place, namespace, signal);
  assertRunsNothingNewer(failed, await look(place, failed, signal));
  await assertCurrentFence(place, writing, signal);
  // First of all: a late switch of the same deployment must not bring it up again.
  await raiseFence(place, failed, generation + MAY.unwind, signal);

  if (captured) await bringBack(place, captured, values, writing, signal);
  else await closeEntrance(place, failed, writing, signal);

  const isFailed = isOf(failed);
  const version = findVersion(await look(place, failed, signal), failed);
  if (version && !(captured && isFailed({ run: captured }))) {
    await removeOwn(place, deploymentNamed(version), writing, signal);
    await awaitGone(place, failed, isFailed, signal);
  }
  await releaseWhatFailed(place, failed, captured, signal);
  const back = captured ? `is back at ${shortCommit(captured.commit)}` : 'runs nothing, as before';
  await tell(place, failed, 'deploy', [`${place.cluster.name} ${back}.`]);
}

async function bringBack(
  place: KubernetesPlace,
  run: Run,
  values: Values,
  writing: Writing,
  signal: AbortSignal,
): Promise<void> {
  const isMine = isOf(run);
  const isThere = (await look(place, run, signal)).pods.some((pod: SeenPod) => isMine(pod) && pod.ready);
  if (!isThere) await assertImage(place, run, signal);
  const there = { ...writing, namespace: run.namespace };
  const given = await ensureValues(place, run, values, there, signal);
  // Time to come up, but no veto: what failed is no better, and a sick service is still the one to go back to.
  const gate = async () => {
    const deadline = place.now() + run.rolloutMs;
    const ended = async () => {
      heartbeat();
      const { verdict } = await lookAtRollout(place, run, deadline, signal);
      return verdict.kind === 'waiting' ? undefined : true;
    };
    await until(ended, { timeoutMs: run.rolloutMs, everyMs: POLL_MS, signal });
  };
  await takeOver(place, run, { values: given, gate }, there, signal);
}

/** A place where nothing ran before leads nowhere afterwards. */
async function closeEntrance(
  place: KubernetesPlace,
  failed: Run,
  writing: Writing,
  signal: AbortSignal,
): Promise<void> {
  const { routes: _routes, autoscale: _autoscale, available: _available, ...bare } = failed;
  for (const object of [...unaskedOf(bare), serviceRef(failed)]) await removeOwn(place, object, writing, signal);
}

/** Releases the failed run's variables only; finalize knows which others are still needed. */
async function releaseWhatFailed(
  place: KubernetesPlace,
  failed: Run,
  captured: Run | null,
  signal: AbortSignal,
): Promise<void> {
  const { versions, pods } = await look(place, failed, signal);
  const kept = [...versions, ...pods];
  // One with unreadable annotations may need any of them.
  if (kept.some(({ run }) => !run)) return;
  await releaseValues(place, failed, [...kept.map(({ run }) => run?.variables), captured?.variables], signal);
}
