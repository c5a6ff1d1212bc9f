/** From an image on this host to the registry, under all its tags. */
import { z } from 'zod';
import type { BuildInput, PushedImage } from '../../contracts/deployment/build.ts';
import { failure } from '../../contracts/core/failures.ts';
import type { StepLog } from '../logs/step-log.ts';
import { PodmanError, type PodmanClient } from '../podman/client.ts';
import type { Manifest, RegistryClient, RegistrySettings } from '../registry/client.ts';
import { parseAnswer } from '../registry/answer.ts';
import { pullHeaders } from '../registry/engine-headers.ts';
import { pushFailure } from '../registry/failures.ts';
import { NO_LOGINS } from '../registry/logins.ts';
import { byDigest, byTag, checkTag, repositoryOf, type ImageRepository } from '../registry/reference.ts';
import { findImage, localName } from './image.ts';

interface PushDeps {
  readonly podman: PodmanClient;
  readonly registry: RegistrySettings;
  readonly client: RegistryClient;
  readonly log: StepLog;
  readonly signal: AbortSignal;
}

/** OCI image-spec, "Image Manifest"; an index names no configuration. */
const Configured = z.object({ config: z.object({ digest: z.string().optional() }) }).catch({ config: {} });

/** The length of commit ids that people use. */
const SHORT_COMMIT = 12;

/** The tags of a build: the commit, its short form, and what it was given. @throws `InvalidRequest` */
const tagsOf = ({ commit, extraTags }: BuildInput): readonly string[] => [
  ...new Set([commit, commit.slice(0, SHORT_COMMIT), ...extraTags].map(checkTag)),
];

/** See `BuildActivities.pushImage`. The content goes once; the other tags are put on the same manifest. */
export async function pushImage(build: BuildInput, deps: PushDeps): Promise<PushedImage> {
  const { podman, registry, client, log, signal } = deps;
  const tags = tagsOf(build);
  const repository = repositoryOf(registry.address, build.key);
  const image = await findImage(podman, localName(build.buildId), signal);
  if (!image) throw failure('ImageNotFound', `The image of ${build.buildId} is no longer on this host. Build again.`);

  const manifest = await pushContent(repository, build, image.Id, deps);
  for (const tag of tags) {
    if ((await client.head(repository.name, tag, signal)) !== manifest.digest) {
      await client.putTag(repository.name, tag, manifest, signal);
    }
  }
  await log.say(`Pushed ${byDigest(repository, manifest.digest)} as ${tags.join(', ')}`);
  return { image: byDigest(repository, manifest.digest), digest: manifest.digest, tags };
}

/** Pushes unless the registry has this very image under the commit's tag already. */
async function pushContent(
  repository: ImageRepository,
  build: BuildInput,
  id: string,
  deps: PushDeps,
): Promise<Manifest> {
  const { client, signal } = deps;
  const before = await client.getManifest(repository.name, build.commit, signal);
  if (before && configDigest(before) === `sha256:${id}`) return before;

  const reference = byTag(repository, build.commit);
  await podmanPush(localName(build.buildId), reference, deps);
  const pushed = await client.getManifest(repository.name, build.commit, signal);
  if (!pushed) {
    throw failure(
      'RegistryUnavailable',
      `${reference} was pushed, but the registry does not have it. It will be tried again.`,
    );
  }
  if (configDigest(pushed) !== `sha256:${id}`) {
    throw failure(
      'DigestMismatch',
      `${reference} was pushed, but the registry has another image there (${pushed.digest}). ` +
        'Does another program push to this repository? Build again.',
    );
  }
  return pushed;
}

async function podmanPush(name: string, reference: string, { podman, registry, log, signal }: PushDeps): Promise<void> {
  const { insecure, logins = NO_LOGINS } = registry;
  const call = {
    query: { destination: reference, tlsVerify: !insecure, quiet: false },
    headers: pullHeaders(logins, reference),
    signal,
  };
  try {
    for await (const said of podman.lines('POST', `/images/${encodeURIComponent(name)}/push`, call)) {
      if (typeof said['stream'] === 'string') await log.write(said['stream']);
      if (typeof said['error'] === 'string') throw pushFailure(reference, said['error']);
    }
  } catch (error) {
    throw error instanceof PodmanError ? pushFailure(reference, error.message) : error;
  }
}

/** The digest of the image's configuration, which is its id on a host. */
function configDigest({ body }: Manifest): string | undefined {
  return Configured.parse(parseAnswer(body)).config.digest;
}
