/** Writes objects that several deployments share, so that an overtaken one changes nothing, however late it comes. */
import type { KubernetesObject } from '@kubernetes/client-node';
import type { ObjectRef } from './client/paths.ts';
import { whileChanging } from './client/while-changing.ts';
import { assertCurrentFence } from './fence.ts';
import { MANAGER } from './labels.ts';
import { assertNotNewer, assertOwned, isOurs, type Writing } from './ownership.ts';
import type { KubernetesPlace } from './place.ts';

/**
 * Makes the object as it is given, and takes nothing that another manager holds. It is written only as long as it is the
 * one that was looked at, and no newer generation has come meanwhile.
 *
 * @param make - the object, from the one that is there
 * @throws `StaleGeneration`; `InvalidConfiguration` for one of the same name that is not ours; what the client throws
 */
export async function applyOwn<T extends KubernetesObject>(
  place: KubernetesPlace,
  ref: ObjectRef,
  make: (current: T | undefined) => T,
  writing: Writing,
  signal: AbortSignal,
): Promise<T> {
  const { client } = place;
  return whileChanging(ref, async () => {
    const current = await client.read<T>(ref, signal);
    if (current) {
      assertOwned(current, writing);
      assertNotNewer(current, writing);
    }
    await assertCurrentFence(place, writing, signal);
    signal.throwIfAborted();
    if (!current) return ensureApplied(place, await client.create(make(undefined), signal), signal);
    const ready = await ensureApplied(place, current, signal);
    return client.apply(make(current), { resourceVersion: ready.metadata?.resourceVersion }, signal);
  });
}

/**
 * Only a POST makes an object that is surely new, but its fields are then held by an update: what a later apply leaves out
 * would stay for ever. The entry of the update becomes that of an apply, as kubectl does it on its way to server-side
 * apply (k8s.io/client-go/util/csaupgrade).
 */
export async function ensureApplied<T extends KubernetesObject>(
  { client }: KubernetesPlace,
  object: T,
  signal: AbortSignal,
): Promise<T> {
  const entries = object.metadata?.managedFields ?? [];
  const mine = entries.filter(({ manager, subresource }) => manager === MANAGER && !subresource);
  if (mine.some(({ operation }) => operation === 'Apply') || mine.length === 0) return object;
  const renamed = entries.map((entry) => (mine.includes(entry) ? Object.assign(entry, { operation: 'Apply' }) : entry));
  return client.patch(
    object,
    [
      { op: 'replace', path: '/metadata/managedFields', value: renamed },
      { op: 'replace', path: '/metadata/resourceVersion', value: object.metadata?.resourceVersion },
    ],
    signal,
  );
}

/**
 * Removes an object if it is ours and no newer generation's. One that is gone, or that something else made, is left so.
 * @throws `StaleGeneration`
 */
export async function removeOwn(
  place: KubernetesPlace,
  object: KubernetesObject,
  writing: Omit<Writing, 'namespace'>,
  signal: AbortSignal,
): Promise<void> {
  await whileChanging(object, async () => {
    const current = await place.client.read<KubernetesObject>(object, signal);
    if (!current || current.metadata?.deletionTimestamp || !isOurs(current, writing)) return;
    assertNotNewer(current, writing);
    signal.throwIfAborted();
    const { uid, resourceVersion } = current.metadata ?? {};
    await place.client.delete(object, { uid, resourceVersion }, signal);
  });
}
