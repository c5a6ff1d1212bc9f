import type { CapturedRun } from '../../../contracts/target.ts';
import { assertCurrent, MAY } from './fence.ts';
import { releaseImages } from './image.ts';
import { findInstance, instancesOf, type Instance, type Place } from './place.ts';
import { releaseOnce } from './once.ts';
import type { Run } from './run.ts';
import { releaseSecrets } from './secrets.ts';

/** Removes older containers and their images. When nothing serves nothing is removed: it may be the only way back. */
export async function finalize(
  place: Place,
  { deployed, captured }: { readonly deployed: Run; readonly captured: CapturedRun | null },
  signal: AbortSignal,
): Promise<void> {
  const instances = await instancesOf(place, deployed.key, signal);
  await assertCurrent(place, deployed, instances, MAY.unwind);
  if (!instances.some(({ chosen }) => chosen)) return;

  const kept: Instance[] = [];
  for (const instance of instances) {
    if (instance.chosen || (captured && findInstance([instance], captured))) {
      kept.push(instance);
    } else {
      signal.throwIfAborted();
      await place.containers.remove(instance.container.id);
    }
  }
  await releaseOnce(place, deployed.key, deployed.deploymentId);
  await releaseImages(place, deployed.key, kept.map(({ generation }) => generation)); // prettier-ignore
  await releaseSecrets(place, deployed.key, kept.map(({ run }) => run?.variables)); // prettier-ignore
}
