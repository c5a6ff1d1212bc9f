/** A release that failed or was cancelled is requested again: the same commit, where it did not get to. */
import { randomUUID } from 'node:crypto';
import type { ReleaseAccepted, ReleaseView } from '../../contracts/http/api.ts';
import type { Trigger } from '../../contracts/admission/delivery.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { requestWorkflowId } from '../../contracts/core/ids.ts';
import type { Actor } from '../../contracts/core/actor.ts';
import type { ReleaseInput } from '../../contracts/deployment/release.ts';
import { findRelease, findReleaseInput } from '../../store/queries/release-views.ts';
import { findService } from '../../store/queries/services.ts';
import type { ApiDeps } from '../deps.ts';
import { accepted } from './accepted.ts';
import { assertStandingPreview } from './standing-preview.ts';

/**
 * Requests it again, by name.
 *
 * @returns empty lists while it is still being decided
 * @throws as {@link retryTrigger}; `TemporalUnavailable`; or as the request is refused
 */
export async function retryRelease(
  { store, temporal }: Pick<ApiDeps, 'store' | 'temporal'>,
  id: string,
  { requestId = randomUUID(), by }: { readonly requestId?: string | undefined; readonly by: Actor },
): Promise<ReleaseAccepted> {
  const requestKey = requestWorkflowId(requestId);
  const trigger = await retryTrigger({ store }, id, { requestKey, actor: by });
  const decided = await temporal.requestRelease(trigger, { workflowId: requestKey });
  return accepted(requestId, decided);
}

/**
 * The trigger that releases it again.
 *
 * @throws `NotFound`, `NothingToRetry`, `NameTheEnvironment`; `Refused` for a preview that has ended
 */
export async function retryTrigger(
  { store }: Pick<ApiDeps, 'store'>,
  id: string,
  request: Pick<Trigger, 'requestKey' | 'actor'>,
): Promise<Trigger> {
  const release = await findRelease(store.db, id);
  const input = await findReleaseInput(store.db, id);
  if (!release || !input) throw failure(FailureType.NotFound, `There is no release ${id}.`);
  const service = await findService(store.db, input.key);
  const trigger = triggerOf(release, input, service?.branch, request);
  if (trigger.kind === 'request' && trigger.environment !== null) {
    await assertStandingPreview({ store }, { ...input.key, environment: trigger.environment });
  }
  return trigger;
}

/** @param branch - the branch for a request without an environment */
function triggerOf(
  release: ReleaseView,
  { key, commit, ref, environments, rollbackTo }: ReleaseInput,
  branch: string | undefined,
  request: Pick<Trigger, 'requestKey' | 'actor'>,
): Trigger {
  if (release.state !== 'failed' && release.state !== 'cancelled') {
    const why = release.state === 'completed' ? 'has landed' : `has not ended (${release.state})`;
    throw failure(FailureType.NothingToRetry, `Release ${release.id} ${why}; there is nothing to retry.`);
  }
  const landed = new Set(
    release.deployments.filter(({ state }) => state === 'live').map(({ environment }) => environment),
  );
  const [first, ...more] = environments.map(({ name }) => name).filter((name) => !landed.has(name));
  if (first === undefined) {
    throw failure(FailureType.NothingToRetry, `Release ${release.id} got everywhere; there is nothing to retry.`);
  }
  if (rollbackTo !== undefined) return { kind: 'rollback', ...request, ...key, environment: first, to: rollbackTo };
  if (landed.size > 0 || more.length === 0) {
    return { kind: 'request', ...request, ...key, ref: commit, environment: first };
  }
  // Without an environment a commit means those of the service's own branch.
  if (ref !== branch) {
    throw failure(
      FailureType.NameTheEnvironment,
      `Release ${release.id} was on its way to several environments of ${ref}: ${[first, ...more].join(', ')}. Deploy ${commit} to each of them by name.`,
    );
  }
  return { kind: 'request', ...request, ...key, ref: commit, environment: null };
}
