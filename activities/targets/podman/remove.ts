import { environmentId } from '../../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import { removeContainer } from './container.ts';
import { removeFence } from './fence.ts';
import { releaseImages } from './image.ts';
import { releaseOnce } from './release-command.ts';
import { instancesOf, type PodmanPlace } from './place.ts';
import { releaseSecrets } from './secrets.ts';
import { removeTrials } from './trial.ts';

/** Removes everything of the environment: its entrance first, so that no request goes to a container that ends. */
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
