import { Context } from '@temporalio/activity';
import type { EnvironmentListing } from '../../contracts/admission/admission.ts';
import type { Trigger } from '../../contracts/admission/delivery.ts';
import { failure, failureOf } from '../../contracts/core/failures.ts';
import { serviceId } from '../../contracts/core/ids.ts';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { askedCommit, askedEnvironment, askedService, askedSettings, environmentNames } from './resolve-request.ts';
import type { FoundImage } from './catalogue.port.ts';
import { readConfiguration, readProtection } from './configuration.ts';
import type { DeliveryDeps, Evaluation } from './evaluation.ts';
import { environmentsOf, listService, subjectOf } from './branch-rules.ts';
import { openReader, type RepositoryReader } from './repository.ts';

type ImageTrigger = Extract<Trigger, { kind: 'image' }>;

/** Named as the builder of an image that we did not build. */
const BUILDER = 'ci';
/** About 15 seconds, with the waits between them. */
const REGISTRY_ATTEMPTS = 5;

/**
 * Admits a CI system's request: an image that it has pushed to the service's repository in our registry, for one
 * environment (requirements, C1). Settings come from the image's commit, environments from the default branch. Nothing
 * is built, and nothing that is wrong with the request touches what runs.
 *
 * @throws `UnknownService`, `InvalidRequest`, `CommitNotFound`, `InvalidConfiguration`, `ImageNotFound`,
 * `DigestMismatch`, `RegistryRefused`, `RegistryUnavailable` (retryable), then `WaitExpired`
 */
export async function evaluateImage(
  deps: DeliveryDeps,
  trigger: ImageTrigger,
  signal: AbortSignal,
): Promise<Evaluation> {
  const { catalogue, source } = deps;
  const { project, service, requestKey, actor } = trigger;
  const key = { project, service };
  const reader = await openReader(source, await askedService(catalogue, key), signal);
  const { defaultBranch } = reader;
  const protection = await readProtection(reader);
  if ('missing' in protection) throw unusable(protection.missing);
  const running = environmentsOf(protection.file, service, defaultBranch);
  const { settings: environment, branch } =
    trigger.environment === null ? onlyOne(running, key) : askedEnvironment(running, trigger.environment, key);

  const { image, digest } = await findImage(deps, trigger, signal);
  const at = await askedCommit(reader, { commit: await commitOf(deps, reader, trigger, digest, signal) });
  const configuration = await readConfiguration(reader, at.commit, protection.file);
  if ('missing' in configuration) throw unusable(configuration.missing);
  const draft = {
    key,
    origin: reader.project.origin,
    ref: branch,
    commit: at.commit,
    subject: subjectOf(at.message),
    actor,
    byName: true,
    settings: askedSettings(configuration, service, at.commit),
    environments: [environment],
    extraTags: [],
    image: { image, digest, builder: BUILDER },
  };
  const services = [listService(configuration, service, { defaultBranch, isDefaultHead: false })];
  const request = {
    requestKey,
    project,
    source: reader.project,
    services,
    drafts: [draft],
    expected: {},
    onlyNew: false,
  };
  return { kind: 'admit', request, skipped: [], unconcerned: [] };
}

/** @throws `InvalidRequest` unless exactly one environment runs the service */
function onlyOne(running: readonly EnvironmentListing[], key: ServiceKey): EnvironmentListing {
  const [only, ...others] = running;
  if (only && others.length === 0) return only;
  throw failure('InvalidRequest', `Name the environment: ${serviceId(key)} runs in ${environmentNames(running)}.`);
}

/** @throws `ImageNotFound`, `DigestMismatch` when the tag names another digest than the request */
async function findImage(
  { registry }: DeliveryDeps,
  { project, service, image: { commit, tag, digest } }: ImageTrigger,
  signal: AbortSignal,
): Promise<FoundImage> {
  const reference = tag ?? commit ?? digest;
  if (!registry || reference === null) {
    throw failure('InvalidRequest', 'The request names no image: send a commit, a tag or a digest.');
  }
  const found = await registry.findImage({ project, service }, reference, signal).catch(giveUpInTime);
  const name = `${project}/${service}${reference === digest ? '@' : ':'}${reference}`;
  if (!found) {
    throw failure('ImageNotFound', `The registry has no image ${name}. Push it first, then ask again.`);
  }
  if (digest !== null && found.digest !== digest) {
    throw failure(
      'DigestMismatch',
      `${name} is ${found.digest}, not ${digest}. Name the tag under which that digest was pushed, or ask for the one that is there.`,
    );
  }
  return found;
}

/** A push may wait for hours; a CI job waits for an answer. @throws `WaitExpired` once the registry was away for a while */
function giveUpInTime(error: unknown): never {
  const known = failureOf(error);
  if (known?.type !== 'RegistryUnavailable' || Context.current().info.attempt < REGISTRY_ATTEMPTS) throw error;
  throw failure('WaitExpired', `${known.message} Nothing was touched; ask again once it answers.`);
}

/** @throws `InvalidRequest` when the commit is unknown, `DigestMismatch` when the image was built from another one */
async function commitOf(
  deps: DeliveryDeps,
  reader: RepositoryReader,
  { project, service, image }: ImageTrigger,
  digest: string,
  signal: AbortSignal,
): Promise<string> {
  const key = { project, service };
  const built = await deps.catalogue.commitsOf(key, digest);
  const known = built.length > 0 ? built : await revisionOf(deps, reader, key, digest, signal);
  const commit = image.commit ?? known[0];
  if (commit === undefined) {
    throw failure('InvalidRequest', `Nothing says from which commit ${digest} was built: send "commit" too.`);
  }
  if (known.length > 0 && !known.includes(commit)) {
    throw failure('DigestMismatch', `${digest} was built from ${known.join(', ')}, not from ${commit}.`);
  }
  return commit;
}

/** The commit in the image's own label. A label from its base image names a commit of another repository. */
async function revisionOf(
  { registry }: DeliveryDeps,
  reader: RepositoryReader,
  key: ServiceKey,
  digest: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const revision = await registry?.revisionOf(key, digest, signal).catch(giveUpInTime);
  return revision !== undefined && (await reader.commit(revision)) ? [revision] : [];
}

const unusable = (missing: string) => failure('InvalidConfiguration', `Nothing can be deployed: ${missing}.`);
