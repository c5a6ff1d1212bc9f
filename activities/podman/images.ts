/** Images of one engine, by digest (libpod API v4, "images"). */
import { unlessGone } from './containers.ts';
import { PodmanError, type PodmanClient } from './client.ts';

export interface Image {
  readonly id: string;
  /** Every manifest digest under which the engine knows it. */
  readonly digests: readonly string[];
  readonly tags: readonly string[];
  /** True when the image declares a `HEALTHCHECK`. */
  readonly hasHealthcheck: boolean;
}

export interface PullOptions {
  /** The registry speaks plain HTTP. Otherwise the engine's own registries.conf decides. */
  readonly plainHttp: boolean;
  /** Its password (registry/engine-headers.ts). */
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export type Images = ReturnType<typeof createImages>;

/** The pull failed for the reason that the engine gives in words; it has no codes. */
export class PullError extends Error {
  override readonly name = 'PullError';
}

/** Calls throw what {@link PodmanClient} throws. */
export function createImages(podman: PodmanClient) {
  const at = (reference: string, verb = '') => `/images/${encodeURIComponent(reference)}${verb}`;

  return {
    /** `undefined` when the engine does not have it. */
    async find(reference: string, signal?: AbortSignal): Promise<Image | undefined> {
      try {
        return image(await podman.json<InspectedImage>('GET', at(reference, '/json'), { ...(signal && { signal }) }));
      } catch (error) {
        unlessGone(error);
        return undefined;
      }
    },

    /** @throws {@link PullError} in the engine's words: libpod answers 200 and puts them into the stream. */
    async pull(reference: string, { plainHttp, headers, signal }: PullOptions): Promise<void> {
      const query = { reference, ...(plainHttp && { tlsVerify: false }) };
      for await (const line of podman.lines('POST', '/images/pull', { query, headers, signal })) {
        if (typeof line['error'] === 'string' && line['error'] !== '') throw new PullError(line['error']);
      }
    },

    /** Gives it a second name. `false` when the engine does not have it (any more). */
    async tag(reference: string, repository: string, tag: string): Promise<boolean> {
      try {
        await podman.json('POST', at(reference, '/tag'), { query: { repo: repository, tag } });
        return true;
      } catch (error) {
        if (error instanceof PodmanError && error.status === 404) return false;
        throw error;
      }
    },

    /** Lists the images with a tag in this repository. */
    async inRepository(repository: string): Promise<Image[]> {
      const query = { filters: JSON.stringify({ reference: [repository] }) };
      return (await podman.json<InspectedImage[]>('GET', '/images/json', { query })).map(image);
    },

    /** Takes the name away, and the image with its last one. An image in use, or gone, is left as it is. */
    async remove(reference: string): Promise<void> {
      await podman.json('DELETE', at(reference)).catch((error: unknown) => {
        if (!(error instanceof PodmanError) || ![404, 409].includes(error.status)) throw error;
      });
    },
  };
}

interface InspectedImage {
  readonly Id: string;
  readonly Digest?: string;
  readonly RepoDigests: readonly string[] | null;
  readonly RepoTags: readonly string[] | null;
  readonly Healthcheck?: { readonly Test?: readonly string[] | null } | null;
}

function image({ Id, Digest, RepoDigests, RepoTags, Healthcheck }: InspectedImage): Image {
  const digests = (RepoDigests ?? []).map((name) => name.slice(name.indexOf('@') + 1));
  return {
    id: Id,
    digests: [...new Set([...(Digest ? [Digest] : []), ...digests])],
    // The list shows names by digest among the tags.
    hasHealthcheck: ![undefined, 'NONE'].includes(Healthcheck?.Test?.[0]),
    tags: (RepoTags ?? []).filter((name) => !name.includes('@')),
  };
}
