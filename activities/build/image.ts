/** A build's image on its own host, before and until it is in the registry. */
import { PodmanError, type PodmanClient } from '../podman/client.ts';

/** Unique to the build, so that removing it can never take another build's image along. */
export const localName = (buildId: string): string => `localhost/landfall/${buildId}:latest`;

export interface LocalImage {
  /** Without `sha256:`. Also the digest of the image's configuration in the registry. */
  readonly Id: string;
  /** The manifest's digest in the image's original registry. */
  readonly Digest?: string;
}

/** `undefined` when this host does not have it. */
export async function findImage(
  podman: PodmanClient,
  name: string,
  signal: AbortSignal,
): Promise<LocalImage | undefined> {
  return podman
    .json<LocalImage>('GET', `/images/${encodeURIComponent(name)}/json`, { signal })
    .catch((error: unknown) => ignore(error, 404));
}

/** Accepts that it is so already: `undefined` when the engine answered with one of these statuses. */
export function ignore(error: unknown, ...statuses: readonly number[]): undefined {
  if (error instanceof PodmanError && statuses.includes(error.status)) return undefined;
  throw error;
}
