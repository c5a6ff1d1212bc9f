import { FailureType, failure, failureOf } from '../../../contracts/core/failures.ts';
import { createRegistryClient } from '../../registry/client.ts';
import type { KubernetesPlace } from './place.ts';
import type { Run } from './run.ts';

/** The worker may be where the registry is not reached, or not let in: nodes pull by their own access. */
const SAYS_NOTHING: ReadonlySet<string | undefined> = new Set([
  FailureType.RegistryUnavailable,
  FailureType.RegistryRefused,
]);

/** @throws `ImageNotFound` when the registry says that it does not have the image */
export async function assertImage(
  { registry }: KubernetesPlace,
  { image, digest }: Run,
  signal: AbortSignal,
): Promise<void> {
  const host = registry.address.split('/')[0] ?? '';
  // Nodes pull an image of another registry without Landfall's access.
  if (!image.startsWith(`${host}/`)) return;
  const name = image.slice(host.length + 1, image.indexOf('@'));
  try {
    if ((await createRegistryClient(registry).head(name, digest, signal)) !== undefined) return;
  } catch (error) {
    if (SAYS_NOTHING.has(failureOf(error)?.type)) return;
    throw error;
  }
  throw failure(FailureType.ImageNotFound, `The registry does not have ${image}. Build the commit again.`);
}
