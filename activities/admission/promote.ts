import type { EnvironmentListing, ReleaseDraft } from '../../contracts/admission/admission.ts';
import type { Trigger } from '../../contracts/admission/delivery.ts';
import { failure } from '../../contracts/core/failures.ts';
import { environmentId, serviceId } from '../../contracts/core/ids.ts';
import { own } from '../../contracts/core/keys.ts';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { shortCommit } from '../../contracts/core/names.ts';
import { askedEnvironment, askedService, environmentNames } from './resolve-request.ts';
import { readProtection } from './configuration.ts';
import { skip, type DeliveryDeps, type Evaluation } from './evaluation.ts';
import { environmentsOf } from './branch-rules.ts';
import { openReader } from './repository.ts';
import { liveIn } from './live-versions.ts';

type PromoteTrigger = Extract<Trigger, { kind: 'promote' }>;

/**
 * Takes what is live in one environment to the next of the same branch, in the order of landfall.yaml (requirements,
 * A6): the same image with the settings of its commit. Approvals and freeze windows hold there as for any deployment.
 *
 * @throws `UnknownService`, `InvalidRequest` when there is nothing to take or nowhere to take it from, `ImageNotFound`
 */
export async function evaluatePromotion(
  { catalogue, source, registry }: DeliveryDeps,
  { project, service, environment, requestKey, actor, standings }: PromoteTrigger,
  signal: AbortSignal,
): Promise<Evaluation> {
  const key = { project, service };
  const reader = await openReader(source, await askedService(catalogue, key), signal);
  const protection = await readProtection(reader);
  if ('missing' in protection) return skip('no_configuration', protection.missing);
  const running = environmentsOf(protection.file, service, reader.defaultBranch);
  const wanted = askedEnvironment(running, environment, key);
  const from = environmentBefore(running, wanted, key);

  const names = [from.settings.name, environment];
  if (standings && !names.every((name) => Object.hasOwn(standings, name))) return { kind: 'ask', environments: names };
  const live = await liveIn(catalogue, { ...key, environment: from.settings.name }, standings);
  if (!live) {
    throw failure(
      'InvalidRequest',
      `Nothing is live in ${from.settings.name}, which comes before ${environment}. Deploy there first.`,
    );
  }
  const there = standings ? own(standings, environment)?.live : await catalogue.liveDeployment({ ...key, environment });
  if (there?.digest === live.digest) {
    return skip('already_released', `what is live in ${from.settings.name} is live in ${environment} already`, {
      ...key,
      environment,
      commit: live.release.commit,
    });
  }
  if (registry && !(await registry.imageExists(live.image, signal))) {
    throw failure(
      'ImageNotFound',
      `The image of ${live.deploymentId} is no longer in the registry. Deploy its commit ${shortCommit(live.release.commit)} by name: that builds it again.`,
    );
  }
  const { origin, ref, commit, subject, settings } = live.release;
  const draft: ReleaseDraft = {
    ...{ key, origin, ref, commit, subject, actor, settings },
    byName: true,
    byHand: true,
    environments: [wanted.settings],
    extraTags: [],
    image: { image: live.image, digest: live.digest, builder: live.builder },
  };
  const request = { requestKey, project, source: null, services: [], drafts: [draft], expected: {}, onlyNew: false };
  return { kind: 'admit', request, skipped: [], unconcerned: [] };
}

/** @throws `InvalidRequest` when it is the first one of its branch */
function environmentBefore(
  running: readonly EnvironmentListing[],
  wanted: EnvironmentListing,
  key: ServiceKey,
): EnvironmentListing {
  const line = running.filter(({ branch }) => branch === wanted.branch);
  const before = line[line.indexOf(wanted) - 1];
  if (before) return before;
  const where = environmentId({ ...key, environment: wanted.settings.name });
  const others = environmentNames(line.slice(1));
  throw failure(
    'InvalidRequest',
    `Nothing comes before ${where}, so nothing is promoted there: deploy to it. ${serviceId(key)} is promoted to: ${others}.`,
  );
}
