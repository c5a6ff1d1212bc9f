import type { ReleaseDraft } from '../../contracts/admission.ts';
import type { Trigger } from '../../contracts/delivery.ts';
import { failure } from '../../contracts/failures.ts';
import { environmentId } from '../../contracts/ids.ts';
import type { EnvironmentKey } from '../../contracts/keys.ts';
import type { EnvironmentSettings } from '../../contracts/service.ts';
import type { DeliveryDeps, Look } from './look.ts';

type RollbackTrigger = Extract<Trigger, { kind: 'rollback' }>;

/**
 * Brings back what was live in an environment before: the same image with the settings that it was deployed with, where
 * the environment is now. Asks the store and the registry only, because a rollback must not depend on GitHub.
 *
 * @throws `InvalidRequest` when there is nothing to return to, `ImageNotFound` when its image exists no more,
 * `RegistryUnavailable` (retryable)
 */
export async function lookAtRollback(
  { catalogue, registry }: DeliveryDeps,
  { project, service, environment, to, requestKey, actor }: RollbackTrigger,
  signal: AbortSignal,
): Promise<Look> {
  const key = { project, service, environment };
  if (to === null) await assertNotRolledBack(catalogue, key);
  const past = await catalogue.pastDeployment(key, to);
  if (!past) throw nothingThere(environmentId(key), to);
  if (registry && !(await registry.imageExists(past.image, signal))) {
    throw failure(
      'ImageNotFound',
      `The image of ${past.deploymentId} is no longer in the registry, so it cannot be brought back. Deploy its commit ${past.release.commit.slice(0, 7)} by name: that builds it again.`,
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
    // Whoever rolls back has decided already, and production may be burning.
    environments: [withoutApproval(settings)],
    extraTags: [],
    image: { image: past.image, digest: past.digest, builder: past.builder },
  };
  const request = { requestKey, project, source: null, services: [], drafts: [draft], expected: {}, onlyNew: false };
  return { kind: 'admit', request, skipped: [], unconcerned: [] };
}

/**
 * Two people who see the same trouble both roll back, and the second must not bring the trouble back.
 * @throws `InvalidRequest`
 */
async function assertNotRolledBack(catalogue: DeliveryDeps['catalogue'], key: EnvironmentKey): Promise<void> {
  const live = await catalogue.liveDeployment(key);
  if (live?.release.rollbackTo === undefined) return;
  throw failure(
    'InvalidRequest',
    `${environmentId(key)} was rolled back to ${live.release.rollbackTo} by ${live.release.actor.name}. Name the deployment to go to with "to"; "landfall history" lists what was live.`,
  );
}

/** It has run for this commit, and a migration is not undone by running an older one again. */
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
