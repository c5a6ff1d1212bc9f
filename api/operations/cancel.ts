/** A person stops a release, or one deployment of it. */
import type { Actor } from '../../contracts/core/actor.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { releaseWorkflowId } from '../../contracts/core/ids.ts';
import type { ReleaseProgress } from '../../contracts/deployment/release.ts';
import { isDeploymentOutcome } from '../../contracts/deployment/states.ts';
import { CancelBody } from '../../contracts/http/api.ts';
import type { ApiDeps } from '../deps.ts';
import { existingDeployment, existingRelease } from './existing.ts';

interface Cancellation {
  readonly by: Actor;
  readonly reason?: string | undefined;
  /** A repeated request with the same one takes effect once. */
  readonly orderId?: string;
}

/**
 * Asks the release to stop; the release writes the person into the audit trail.
 *
 * @returns where it was
 * @throws `NotFound`, `AlreadyEnded`, `NotCancellable`, `TemporalUnavailable`, `WorkerUnavailable`
 */
export async function cancelRelease(
  { store, temporal }: Pick<ApiDeps, 'store' | 'temporal'>,
  id: string,
  request: Cancellation,
): Promise<ReleaseProgress> {
  const release = await existingRelease({ store }, id);
  if (release.state !== 'building' && release.state !== 'deploying') {
    throw failure(FailureType.AlreadyEnded, `Release ${id} has ended (${release.state}); there is nothing to cancel.`);
  }
  const { by, reason = CANCELLED, orderId } = request;
  return temporal.cancelRelease(
    releaseWorkflowId(release, release.commit, release.sequence),
    { by, reason },
    orderId === undefined ? {} : { updateId: orderId },
  );
}

/**
 * Has the environment cancel it, or the release while it waits for approval there; the one that ends it writes the person
 * into the audit trail.
 *
 * @returns the state that it was in
 * @throws `NotFound`, `AlreadyEnded`, `TemporalUnavailable`, `WorkerUnavailable`
 */
export async function cancelDeployment(
  { store, temporal }: Pick<ApiDeps, 'store' | 'temporal'>,
  id: string,
  request: Cancellation,
): Promise<string> {
  const deployment = await existingDeployment({ store }, id);
  if (isDeploymentOutcome(deployment.state)) {
    throw failure(
      FailureType.AlreadyEnded,
      `Deployment ${id} has ended (${deployment.state}); there is nothing to cancel.`,
      { state: deployment.state },
    );
  }
  // It has not reached its environment yet: it waits with its release.
  if (deployment.state === 'awaiting_approval') {
    await cancelRelease({ store, temporal }, deployment.releaseId, request);
    return deployment.state;
  }
  const { by, reason = CANCELLED } = request;
  await temporal.cancelDeployment(deployment, { deploymentId: id, by, reason });
  return deployment.state;
}

/** {@link CancelBody}'s own default, for requests without a body. */
const CANCELLED = CancelBody.parse({}).reason;
