import { failure } from '../../contracts/core/failures.ts';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { COMMIT } from '../../contracts/core/names.ts';
import type { RegistryClient } from './client.ts';
import { byDigest, checkTag, repositoryOf } from './reference.ts';

/**
 * Finds the images that the registry (still) has.
 *
 * @param address - HOST[:PORT][/PREFIX] of the registry
 * @throws `RegistryUnavailable` (retryable), `RegistryRefused`
 */
export function createImageLookup(
  registry: Pick<RegistryClient, 'head' | 'labels' | 'getManifest' | 'putTag'>,
  address: string,
) {
  return {
    /** @param image - `registry/name@sha256:…` */
    async imageExists(image: string, signal: AbortSignal): Promise<boolean> {
      const match = /^[^/]+\/(.+)@(sha256:[0-9a-f]{64})$/.exec(image);
      const [, name, digest] = match ?? [];
      if (name === undefined || digest === undefined) {
        throw failure('InvalidRequest', `${image} is not an image reference by digest.`);
      }
      return (await registry.head(name, digest, signal)) !== undefined;
    },

    /** @param reference - a tag or a digest */
    async findImage(key: ServiceKey, reference: string, signal: AbortSignal) {
      const repository = repositoryOf(address, key);
      const digest = await registry.head(repository.name, reference, signal);
      return digest === undefined ? undefined : { image: byDigest(repository, digest), digest };
    },

    /** Lets a tag stand for an image that the registry has; again is no harm. @throws `ImageNotFound`, `InvalidRequest` */
    async tagImage(key: ServiceKey, digest: string, tag: string, signal: AbortSignal): Promise<void> {
      const { name } = repositoryOf(address, key);
      checkTag(tag);
      const manifest = await registry.getManifest(name, digest, signal);
      if (!manifest)
        throw failure('ImageNotFound', `The registry no longer has ${name}@${digest}. Ask again: it is built.`);
      await registry.putTag(name, tag, manifest, signal);
    },

    /** The commit that the image says it was built from (OCI image-spec, "Annotations"). It may be a base image's. */
    async revisionOf(key: ServiceKey, digest: string, signal: AbortSignal): Promise<string | undefined> {
      const labels = await registry.labels(repositoryOf(address, key).name, digest, signal);
      const revision = labels['org.opencontainers.image.revision'];
      return revision !== undefined && COMMIT.test(revision) ? revision : undefined;
    },
  };
}
