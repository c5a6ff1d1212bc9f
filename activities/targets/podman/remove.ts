import { environmentId } from '../../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import { removeContainer } from './container.ts';
import { removeFence } from './fence.ts';
import { releaseImages } from './image.ts';
import { releaseOnce } from './release-command.ts';
import { instancesOf, type PodmanPlace } from './place.ts';
import { releaseSecrets } from './secrets.ts';
import { removeTrials } from './trial.ts';

/** All of it: entrance first, so that nobody is sent to a container that goes. */
export async function remove(place: PodmanPlace, key: EnvironmentKey, signal: AbortSignal): Promise<void> {
  await place.proxy?.close(environmentId(key));
  for (const instance of await instancesOf(place, key, signal)) {
    signal.throwIfAborted();
    await removeContainer(place, instance);
  }
  await removeTrials(place, key);
  await releaseOnce(place, key, null);
  await releaseImages(place, key, []);
  await releaseSecrets(place, key, []);
  await removeFence(place, key);
}
