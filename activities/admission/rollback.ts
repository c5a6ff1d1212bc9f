import type { PastDeployment, ReleaseDraft } from '../../contracts/admission/admission.ts';
import type { Trigger } from '../../contracts/admission/delivery.ts';
import { shortCommit } from '../../contracts/core/names.ts';
import type { EnvironmentStanding } from '../../contracts/deployment/deployment.ts';
import { failure } from '../../contracts/core/failures.ts';
import { environmentId } from '../../contracts/core/ids.ts';
import { own } from '../../contracts/core/keys.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { EnvironmentSettings } from '../../contracts/config/service.ts';
import type { Catalogue } from './catalogue.port.ts';
import type { DeliveryDeps, Evaluation } from './evaluation.ts';
import { knownDeployment } from './live-versions.ts';

type RollbackTrigger = Extract<Trigger, { kind: 'rollback' }>;

/**
 * Brings back what was live in an environment before: the same image with the settings that it was deployed with, where
 * the environment is now. Asks the store and the registry only, because a rollback must not depend on GitHub.
 *
 * @throws `InvalidRequest` when there is nothing to return to, `ImageNotFound` when its image exists no more,
 * `RegistryUnavailable` (retryable)
 */
export async function evaluateRollback(
  { catalogue, registry }: DeliveryDeps,
  trigger: RollbackTrigger,
  signal: AbortSignal,
): Promise<Evaluation> {
  const { project, service, environment, to, requestKey, actor } = trigger;
  const key = { project, service, environment };
  const way = await wayBack(catalogue, key, trigger);
  if (!way) return { kind: 'ask', environments: [environment] };
  const { past, from } = way;
  if (registry && !(await registry.imageExists(past.image, signal))) {
    throw failure(
      'ImageNotFound',
      `The image of ${past.deploymentId} is no longer in the registry, so it cannot be brought back. Deploy its commit ${shortCommit(past.release.commit)} by name: that builds it again.`,
    );
  }
  const settings = past.environment ?? past.release.environments.find(({ name }) => name === environment);
  if (!settings) throw nothingThere(environmentId(key), to);

  const { key: serviceKey, origin, ref, commit, subject } = past.release;
  const draft: ReleaseDraft = {
    key: serviceKey,
    ...{ origin, ref, commit, subject, actor },
    settings: withoutReleaseCommand(past.release.settings),
    ...(past.variablesRevision !== null && { variables: { revision: past.variablesRevision } }),
    byName: true,
    byHand: true,
    rollbackTo: past.deploymentId,
    ...(from !== undefined && { rollbackFrom: from }),
    // A rollback needs no approval: the person has decided already, and production may be burning.
    environments: [withoutApproval(settings)],
    extraTags: [],
    image: { image: past.image, digest: past.digest, builder: past.builder },
  };
  const request = { requestKey, project, source: null, services: [], drafts: [draft], expected: {}, onlyNew: false };
  return { kind: 'admit', request, skipped: [], unconcerned: [] };
}

interface WayBack {
  readonly past: PastDeployment;
  /** The deployment that it takes back; absent when the target was named. */
  readonly from?: string;
}

/**
 * Finds the version to go back to. The environment reports it, because the store learns of a live version later.
 *
 * @returns `undefined` when the environment has yet to report
 * @throws `InvalidRequest`
 */
async function wayBack(
  catalogue: Catalogue,
  key: EnvironmentKey,
  { to, from, standings }: RollbackTrigger,
): Promise<WayBack | undefined> {
  if (to === null && standings) {
    const standing = own(standings, key.environment);
    return standing && backFrom(catalogue, key, standing);
  }
  if (to === null) assertNoRollback(key, await catalogue.liveDeployment(key));
  if (from !== undefined) assertNoRollback(key, await catalogue.pastDeployment(key, from));
  const past = await catalogue.pastDeployment(key, to);
  if (!past) throw nothingThere(environmentId(key), to);
  return { past, ...(from !== undefined && { from }) };
}

/** Takes back the deployment under way: by the turn of the rollback it is live, or never will be. */
async function backFrom(
  catalogue: Catalogue,
  key: EnvironmentKey,
  { live, previous, underWay }: EnvironmentStanding,
): Promise<WayBack> {
  const isOnItsWay = underWay !== null && underWay.rollbackTo === undefined;
  if (!isOnItsWay && live) assertNoRollback(key, await catalogue.pastDeployment(key, live.deploymentId));
  const [from, to] = isOnItsWay ? [underWay, live] : [live, previous];
  if (!from || !to) throw nothingThere(environmentId(key), null);
  return { past: await knownDeployment(catalogue, key, to.deploymentId), from: from.deploymentId };
}

/**
 * Two people who see the same trouble both roll back, and the second must not bring the trouble back.
 * @throws `InvalidRequest`
 */
function assertNoRollback(key: EnvironmentKey, live: PastDeployment | undefined): void {
  if (live?.release.rollbackTo === undefined) return;
  throw failure(
    'InvalidRequest',
    `${environmentId(key)} was rolled back to ${live.release.rollbackTo} by ${live.release.actor.name}. Name the deployment to go to with "to"; "landfall history" lists what was live.`,
  );
}

/** The command has run for this commit, and a migration is not undone by running an older one again. */
function withoutReleaseCommand(settings: ReleaseDraft['settings']): ReleaseDraft['settings'] {
  const run = { ...settings.run };
  delete run.release;
  return { ...settings, run };
}

function withoutApproval(settings: EnvironmentSettings): EnvironmentSettings {
  const rest = { ...settings };
  delete rest.approval;
  return rest;
}

function nothingThere(environment: string, to: string | null) {
  return failure(
    'InvalidRequest',
    to === null
      ? `${environment} has nothing to return to: nothing was live there before what is live now. Name a deployment with "to".`
      : `${to} was never live in ${environment}. "landfall history" lists what was.`,
  );
}
