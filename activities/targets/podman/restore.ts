import { shortCommit } from '../../../contracts/core/names.ts';
import { heartbeat } from '@temporalio/activity';
import { environmentId } from '../../../contracts/core/ids.ts';
import { removeContainer } from './container.ts';
import { MAY } from '../stale-generation.ts';
import { assertCurrent, raiseFence } from './fence.ts';
import { probe } from './health.ts';
import { releaseImages } from './image.ts';
import { findInstance, instancesOf, type PodmanPlace } from './place.ts';
import { tell } from '../tell.ts';
import type { ContainerRun, Run } from './container-spec.ts';
import { releaseSecrets } from './secrets.ts';
import type { Values } from '../fetch-variables.ts';
import { takeOverBesides, takeOverByRecreating, type ReadinessGate } from './strategy.ts';
import { until } from '../poll-until.ts';

const POLL_MS = 50;

/**
 * Goes back to the captured run, by its own strategy: a warm container is a switch away, a stopped one is started, one
 * that is gone is made again from its image. The caller checks whether it is healthy.
 *
 * @throws `ImageNotFound`, `RegistryUnavailable` when the image is gone: the serving run is then left alone
 */
export async function restore(
  place: PodmanPlace,
  {
    failed,
    captured,
    values,
  }: { readonly failed: Run; readonly captured: ContainerRun | null; readonly values: Values },
  signal: AbortSignal,
): Promise<void> {
  await assertCurrent(place, failed, await instancesOf(place, failed.key, signal), MAY.unwind);
  // First of all: a late switch of the same deployment must not bring it up again.
  await raiseFence(place, failed.key, failed.generation + MAY.unwind);

  if (captured) await bringBack(place, { ...captured, key: failed.key }, values, signal);
  else await place.proxy?.close(environmentId(failed.key));

  for (const instance of await instancesOf(place, failed.key, signal)) {
    const mine = findInstance([instance], failed);
    const wanted = captured && findInstance([instance], captured);
    if (mine && !wanted) await removeContainer(place, instance);
  }
  await releaseWhatFailed(place, failed);
  const back = captured ? `is back at ${shortCommit(captured.commit)}` : 'runs nothing, as before';
  await tell(place, failed, 'deploy', [`${place.host.name} ${back}.`]);
}

async function bringBack(place: PodmanPlace, run: Run, values: Values, signal: AbortSignal): Promise<void> {
  // Time to come up, but no veto: what failed is no better, and a sick service is still the one to go back to.
  const gate: ReadinessGate = async (instance) => {
    const healthy = async () => {
      heartbeat();
      const result = await probe(place, instance, run.health, { signal, timeoutMs: run.health.timeoutMs });
      return result === null ? true : undefined;
    };
    await until(healthy, { timeoutMs: run.health.timeoutMs, everyMs: POLL_MS, signal });
  };
  const takeOver = run.strategy === 'blue-green' ? takeOverBesides : takeOverByRecreating;
  await takeOver(place, run, { gate, values }, signal);
}

/** Releases the failed run's images and secrets only; finalize knows which others are still needed. */
async function releaseWhatFailed(place: PodmanPlace, failed: Run): Promise<void> {
  const kept = await instancesOf(place, failed.key);
  await releaseImages(
    place,
    failed.key,
    kept.map(({ generation }) => generation),
  );
  // A container with unreadable labels may need any secret.
  if (kept.every(({ run }) => run))
    await releaseSecrets(
      place,
      failed.key,
      kept.map(({ run }) => run?.variables),
    );
}
