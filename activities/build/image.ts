/** A build's image on its own host, before and until it is in the registry. */
import type { BuildInput } from '../../contracts/build.ts';
import { PodmanError, type PodmanClient } from '../podman/client.ts';

/** Unique to the build, so that removing it can never take another build's image along. */
export const localName = (buildId: string): string => `localhost/landfall/${buildId}:latest`;

export const LABEL = { build: 'landfall.build', builder: 'landfall.builder' } as const;

/** What an image says about itself (OCI image-spec, "Pre-Defined Annotation Keys"). The clone URL holds no credentials. */
export function imageLabels(
  { buildId, commit, origin }: BuildInput,
  builder: string,
): Readonly<Record<string, string>> {
  return {
    [LABEL.build]: buildId,
    [LABEL.builder]: builder,
    'org.opencontainers.image.revision': commit,
    'org.opencontainers.image.source': origin.cloneUrl,
  };
}

export interface LocalImage {
  /** Without `sha256:`. Also the digest of the image's configuration in the registry. */
  readonly Id: string;
  readonly Labels: Readonly<Record<string, string>> | null;
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

/** For what is already so: `undefined` when the engine answered with one of these statuses. */
export function ignore(error: unknown, ...statuses: readonly number[]): undefined {
  if (error instanceof PodmanError && statuses.includes(error.status)) return undefined;
  throw error;
}
