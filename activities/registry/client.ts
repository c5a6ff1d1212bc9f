/**
 * A registry's own API, as far as builds need it (OCI distribution-spec 1.1, "Endpoints").
 *
 * Written by hand: builds need five of its requests, each with a limit, a way to be cancelled and our own error
 * messages.
 */
import { createHash } from 'node:crypto';
import { request, type Dispatcher } from 'undici';
import { z } from 'zod';
import { failure, failureOf } from '../../contracts/core/failures.ts';
import { DIGEST } from '../../contracts/core/names.ts';
import { parseAnswer, readAnswer, REQUEST_MS } from './answer.ts';
import { createAuthorizer, scopeOf } from './authorize.ts';
import { registryFailure, unreachable } from './failures.ts';
import { NO_LOGINS, type RegistryLogins } from './logins.ts';

export interface RegistrySettings {
  /** HOST[:PORT][/PREFIX], as it stands in front of an image's name. */
  readonly address: string;
  /** Plain HTTP. */
  readonly insecure: boolean;
  /** None by default: the registry lets every client in. */
  readonly logins?: RegistryLogins;
}

export interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
  /** Byte for byte as the registry keeps it: the digest is theirs. */
  readonly body: Buffer;
}

export type RegistryClient = ReturnType<typeof createRegistryClient>;

const MEDIA_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const at = z.object({ digest: z.string().regex(DIGEST) });
/**
 * OCI image-spec, "Image Manifest" and "Image Index": the fields that lead to the labels. Any other document has none.
 */
const ManifestBody = z.object({ config: at.optional(), manifests: z.array(at).optional() }).catch({});
const ImageConfig = z
  .object({ config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).optional() })
  .catch({});

/**
 * Every call throws `RegistryUnavailable` (retryable) when the registry does not answer or cannot serve now,
 * `RegistryRefused` when it says no, and the signal's reason when aborted.
 */
export function createRegistryClient({ address, insecure, logins = NO_LOGINS }: RegistrySettings) {
  const base = `${insecure ? 'http' : 'https'}://${address.split('/')[0] ?? ''}`;
  const authorizer = createAuthorizer({ address, insecure, credentials: () => logins.of(address) });

  async function send(method: Dispatcher.HttpMethod, path: string, signal: AbortSignal, body?: Manifest) {
    const what = `${method} ${base}${path}`;
    const scope = scopeOf(repositoryIn(path), body !== undefined);
    try {
      const known = authorizer.known(scope);
      let answer = await attempt(method, path, { signal, body, authorization: known });
      if (answer.status === 401) {
        const authorization = await authorizer.answer(answer.headers, { scope, what }, signal);
        if (authorization) answer = await attempt(method, path, { signal, body, authorization });
      }
      if (answer.status >= 400 && answer.status !== 404) throw registryFailure(what, answer.status, answer.body);
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      throw failureOf(error) ? error : unreachable(what, error);
    }
  }

  interface Attempt {
    readonly signal: AbortSignal;
    readonly body: Manifest | undefined;
    readonly authorization: string | undefined;
  }

  async function attempt(method: Dispatcher.HttpMethod, path: string, { signal, body, authorization }: Attempt) {
    const answer = await request(base + path, {
      method,
      headers: {
        ...(authorization && { authorization }),
        accept: MEDIA_TYPES.join(', '),
        ...(body && { 'content-type': body.mediaType }),
      },
      ...(body && { body: body.body }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
    });
    return { status: answer.statusCode, headers: answer.headers, body: await readAnswer(answer.body) };
  }

  /** The content as JSON; nothing when it is missing, elsewhere (a redirect to a blob store), or no JSON. */
  async function json(path: string, signal: AbortSignal): Promise<unknown> {
    const { status, body } = await send('GET', path, signal);
    return status === 200 ? parseAnswer(body) : undefined;
  }

  return {
    /** The digest that a tag (or digest) stands for now; `undefined` when the registry has no such image. */
    async head(name: string, reference: string, signal: AbortSignal): Promise<string | undefined> {
      const { status, headers } = await send('HEAD', manifestPath(name, reference), signal);
      return status === 404 ? undefined : header(headers, 'docker-content-digest');
    },

    /** `undefined` when there is none. @throws also `DigestMismatch` when the content is not what the digest says */
    async getManifest(name: string, reference: string, signal: AbortSignal): Promise<Manifest | undefined> {
      const { status, headers, body } = await send('GET', manifestPath(name, reference), signal);
      if (status === 404) return undefined;
      const computed = `sha256:${createHash('sha256').update(body).digest('hex')}`;
      const digest = header(headers, 'docker-content-digest') ?? computed;
      if (digest !== computed) {
        throw failure(
          'DigestMismatch',
          `The registry ${address} says that ${name}:${reference} is ${digest}, but what it sent is ${computed}. ` +
            'Check the registry and what stands in front of it.',
        );
      }
      return { digest, mediaType: header(headers, 'content-type') ?? '', body };
    },

    /** The labels of an image, of its first platform's when it has several; none when the registry keeps them elsewhere. */
    async labels(name: string, digest: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
      let at = ManifestBody.parse(await json(manifestPath(name, digest), signal));
      const [first] = at.manifests ?? [];
      if (first) at = ManifestBody.parse(await json(manifestPath(name, first.digest), signal));
      if (!at.config) return {};
      const config = ImageConfig.parse(await json(`/v2/${name}/blobs/${at.config.digest}`, signal));
      return config.config?.Labels ?? {};
    },

    /** Lets a tag stand for a manifest that the registry has; again is no harm. */
    async putTag(name: string, tag: string, manifest: Manifest, signal: AbortSignal): Promise<void> {
      const { status } = await send('PUT', manifestPath(name, tag), signal, manifest);
      if (status === 404) {
        throw failure('RegistryRefused', `The registry ${address} has no repository ${name} to put the tag ${tag} in.`);
      }
    },
  };
}

const manifestPath = (name: string, reference: string): string => `/v2/${name}/manifests/${reference}`;

const repositoryIn = (path: string): string => /^\/v2\/(.+)\/(?:manifests|blobs)\//.exec(path)?.[1] ?? '';

function header(headers: Dispatcher.ResponseData['headers'], name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
