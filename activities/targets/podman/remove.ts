import { environmentId } from '../../../contracts/core/ids.ts';
import type { RemovalRequest } from '../../../contracts/deployment/target.ts';
import { removeContainer } from './container.ts';
import { MAY } from '../stale-generation.ts';
import { assertCurrent, raiseFence } from './fence.ts';
import { keptImages, releaseImages } from './image.ts';
import { leftOfOnce, releaseOnce } from './release-command.ts';
import { instancesOf, type PodmanPlace } from './place.ts';
import { releaseSecrets } from './secrets.ts';
import { secretPrefix } from './container-spec.ts';
import { leftOfTrials, removeTrials } from './trial.ts';

/**
 * Removes everything of the environment: its entrance first, so that no request goes to a container that ends. The fence
 * stays, an empty volume: it keeps a switch that comes late from bringing anything up again.
 */
export async function remove(place: PodmanPlace, request: RemovalRequest, signal: AbortSignal): Promise<void> {
  const { key, generation } = request;
  await assertCurrent(place, request, await instancesOf(place, key, signal), MAY.unwind);
  await raiseFence(place, key, generation + MAY.unwind);
  signal.throwIfAborted();
  await place.proxy?.close(environmentId(key));
  await place.proxy?.forgetPage(environmentId(key));
  for (const instance of await instancesOf(place, key, signal)) {
    signal.throwIfAborted();
    await removeContainer(place, instance);
  }
  signal.throwIfAborted();
  await removeTrials(place, key);
  await releaseOnce(place, key, null);
  await releaseImages(place, key, []);
  await releaseSecrets(place, key, []);
}

/** The names of what the engine and the proxy still have of the environment, but for its fence. Changes nothing. */
export async function remains(
  place: PodmanPlace,
  { key }: RemovalRequest,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const id = environmentId(key);
  const [instances, trials, once, images, secrets, sections = [], serving = [], page] = await Promise.all([
    instancesOf(place, key, signal),
    leftOfTrials(place, key),
    leftOfOnce(place, key),
    keptImages(place, key),
    place.secrets.list(secretPrefix(key), signal),
    place.proxy?.sections(),
    place.proxy?.serving(id),
    place.proxy?.page(id),
  ]);
  const isOpen = serving.length > 0 || sections.some((one) => one.id === id);
  return [
    ...instances.map(({ container }) => container.name),
    ...[...trials, ...once, ...images, ...secrets],
    ...(isOpen ? [`${id} in the proxy`] : []),
    ...(page ? [`the maintenance page of ${id}`] : []),
  ];
}
