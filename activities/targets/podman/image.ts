/** The image of a run: there, verified, and named so that no cleanup takes it away. */
import { FailureType, failure } from '../../../contracts/core/failures.ts';
import { environmentId } from '../../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import { PodmanError } from '../../podman/client.ts';
import { pullHeaders } from '../../registry/engine-headers.ts';
import { NO_LOGINS } from '../../registry/logins.ts';
import { PullError, type Image } from '../../podman/images.ts';
import { namingFailure, pullFailure } from './failures.ts';
import type { PodmanPlace } from './place.ts';
import type { Run } from './container-spec.ts';

/** Images are shared between environments; each keeps those that it needs by a name of its own. */
const repositoryOf = (key: EnvironmentKey): string => `localhost/landfall/${environmentId(key)}`;
/** `127.0.0.1:5000` of an image's name, or of a registry's address with its prefix. */
const hostOf = (name: string): string => name.split('/')[0] ?? '';
const tagOf = (generation: number): string => `g${generation}`;

/** A build that cleans up after itself may take an image away, just as it is wanted here. */
const TRIES = 3;

/**
 * Pulls by digest what the engine does not have, and names it for this run. Repeating it changes nothing.
 *
 * @throws `ImageNotFound`, `RegistryUnavailable`, `RegistryRefused`, `DigestMismatch`, `DiskFull`; `EngineUnavailable`
 *   when something removes the image again and again
 */
export async function ensureImage(place: PodmanPlace, run: Run, signal: AbortSignal): Promise<Image> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const found = (await place.images.find(run.image, signal)) ?? (await pull(place, run, signal));
    signal.throwIfAborted();
    if (!found) continue;
    assertDigest(found, run);
    if (await name(place, run)) return found;
  }
  throw failure(FailureType.EngineUnavailable, `${run.image} was removed while it was being prepared.`);
}

function assertDigest({ digests }: Image, { image, digest }: Run): void {
  if (digests.includes(digest)) return;
  throw failure(FailureType.DigestMismatch, `${image} arrived as ${digests.join(', ')}. Build the commit again.`);
}

/** `undefined`: the image is gone again. */
async function pull({ images, registry }: PodmanPlace, run: Run, signal: AbortSignal): Promise<Image | undefined> {
  const plainHttp = registry.insecure && hostOf(run.image) === hostOf(registry.address);
  const headers = pullHeaders(registry.logins ?? NO_LOGINS, run.image);
  await images.pull(run.image, { plainHttp, headers, signal }).catch((error: unknown) => {
    throw error instanceof PullError ? pullFailure(run.image, error.message) : error;
  });
  return images.find(run.image, signal);
}

/** Keeps a cleanup from taking it. `false`: the image is gone already. */
async function name({ images }: PodmanPlace, run: Run): Promise<boolean> {
  return images.tag(run.image, repositoryOf(run.key), tagOf(run.generation)).catch((error: unknown) => {
    throw error instanceof PodmanError ? namingFailure(run.image, error) : error;
  });
}

/** Gives up this environment's images except those of the generations to keep; one that others use stays. */
export async function releaseImages(
  { images }: PodmanPlace,
  key: EnvironmentKey,
  keep: readonly number[],
): Promise<void> {
  const repository = repositoryOf(key);
  const kept = keep.map((generation) => `${repository}:${tagOf(generation)}`);
  for (const image of await images.inRepository(repository)) {
    const ours = image.tags.filter((tag) => tag.startsWith(`${repository}:`));
    const unwanted = ours.filter((tag) => !kept.includes(tag));
    for (const tag of unwanted) await images.remove(tag);
    // The image is left with its digest only: no person named it for a purpose, and the engine refuses while a
    // container uses it.
    if (unwanted.length === image.tags.length) await images.remove(image.id);
  }
}

/** The names by which this environment keeps images. */
export async function keptImages({ images }: PodmanPlace, key: EnvironmentKey): Promise<readonly string[]> {
  const repository = repositoryOf(key);
  const found = await images.inRepository(repository);
  return found.flatMap(({ tags }) => tags.filter((tag) => tag.startsWith(`${repository}:`)));
}
