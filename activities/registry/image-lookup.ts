import { failure } from '../../contracts/failures.ts';
import type { RegistryClient } from './client.ts';

/**
 * Whether the registry (still) has an image.
 *
 * @throws `RegistryUnavailable` (retryable), `RegistryRefused`
 */
export function createImageLookup(registry: Pick<RegistryClient, 'head'>) {
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
  };
}
