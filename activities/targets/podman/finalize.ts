import type { CapturedRun } from '../../../contracts/deployment/target.ts';
import { isAtRest, removeContainer, stopContainer } from './container.ts';
import { MAY } from '../stale-generation.ts';
import { assertCurrent } from './fence.ts';
import { releaseImages } from './image.ts';
import { findInstance, instancesOf, type PodmanPlace } from './place.ts';
import { releaseOnce } from './release-command.ts';
import type { Run } from './container-spec.ts';
import { releaseSecrets } from './secrets.ts';
import { removeTrials } from './trial.ts';

/**
 * Removes older containers and their images. When nothing serves, it removes nothing: they may be the only way back.
 *
 * The run before keeps its image, and behind the proxy its container, too: running, or stopped if the service wants
 * that. A container gets a stop signal first, and is killed when its patience is over. A container that was stopped to
 * make room is of no more use: a return to that run makes a new one.
 */
export async function finalize(
  place: PodmanPlace,
  { deployed, captured }: { readonly deployed: Run; readonly captured: CapturedRun | null },
  signal: AbortSignal,
): Promise<void> {
  const instances = await instancesOf(place, deployed.key, signal);
  await assertCurrent(place, deployed, instances, MAY.unwind);
  if (!instances.some(({ chosen }) => chosen)) return;

  const before = captured && findInstance(instances, captured);
  const kept = instances.filter((one) => one.chosen || (one === before && deployed.strategy === 'blue-green'));
  for (const instance of instances.filter((one) => !kept.includes(one))) {
    signal.throwIfAborted();
    await removeContainer(place, instance);
  }
  if (deployed.run.warm === 'stopped') {
    for (const instance of kept.filter((one) => !one.chosen && !isAtRest(one))) {
      await stopContainer(place, instance, signal);
    }
  }
  const generations = [...kept.map(({ generation }) => generation), ...(captured ? [captured.generation] : [])];
  await removeTrials(place, deployed.key);
  await releaseOnce(place, deployed.key, deployed.deploymentId);
  await releaseImages(place, deployed.key, generations);
  await releaseSecrets(
    place,
    deployed.key,
    kept.map(({ run }) => run?.variables),
  );
}
