/**
 * Where people's orders arrive that come from GitHub: activities hand them in (activities/people), so that a workflow
 * can carry them out. What is done is what the routes do; what goes wrong becomes a failure of our vocabulary.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ApprovalState } from '../../contracts/approval.ts';
import type { Trigger } from '../../contracts/delivery.ts';
import type { EnvironmentState } from '../../contracts/deployment.ts';
import type { StateQuestion } from '../../contracts/environment.ts';
import { FailureType, failure } from '../../contracts/failures.ts';
import { environmentId, releaseWorkflowId, requestWorkflowId } from '../../contracts/ids.ts';
import type { CancelOrder, DecisionOrder, LockOrder, RetryOrder, UnlockOrder } from '../../contracts/order.ts';
import type { ReleaseNews, ReleaseQuestion } from '../../contracts/release.ts';
import { findDeployment, findRelease } from '../../store/queries/release-views.ts';
import type { ApiDeps } from '../deps.ts';
import { existingEnvironment } from '../environments/status.ts';
import { HttpProblem, problemOf } from '../problem.ts';
import { decideById } from '../routes/approvals.ts';
import { cancelDeploymentById } from '../routes/deployments.ts';
import { cancelReleaseById } from '../routes/releases.ts';
import { retryTrigger } from '../routes/retry.ts';
import { notFound } from '../routes/router.ts';

type DeskDeps = Pick<ApiDeps, 'store' | 'temporal' | 'logger'>;

/** How long one look waits for a release's end before it asks where the release is. */
const FIRST_LOOK_MS = 500;
const LONGEST_LOOK_MS = 10_000;

/** Does what `Desk` (activities/people/people.port.ts) promises. */
export function createDesk(deps: DeskDeps) {
  const { store, temporal, logger } = deps;
  const inOurWords = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw asFailure(await problemOf(error, logger));
    }
  };

  return {
    decide: ({
      deploymentId,
      decision,
      by,
      via,
      note,
      commit,
      digest,
      orderId,
    }: DecisionOrder): Promise<ApprovalState> =>
      inOurWords(() => decideById(deps, deploymentId, { decision, by, via, note, commit, digest, orderId })),

    cancel: ({ what, by, reason, orderId }: CancelOrder, mayBeDone: boolean): Promise<string> =>
      inOurWords(async () => {
        const before = await cancelled(what);
        if (mayBeDone && before) return 'cancelled';
        if ('deploymentId' in what) return cancelDeploymentById(deps, what.deploymentId, { by, reason, orderId });
        return (await cancelReleaseById(deps, what.releaseId, { by, reason, orderId })).state;
      }),

    lock: ({ key, by, reason, forMs, orderId }: LockOrder): Promise<EnvironmentState> =>
      inOurWords(async () => {
        await existingEnvironment(deps, key);
        return temporal.lock(key, { by, reason, forMs }, { updateId: orderId });
      }),

    unlock: ({ key, by, force, orderId }: UnlockOrder): Promise<EnvironmentState> =>
      inOurWords(async () => {
        await existingEnvironment(deps, key);
        return temporal.unlock(key, { by, force }, { updateId: orderId });
      }),

    retryOf: ({ releaseId, by, orderId }: RetryOrder): Promise<Trigger> =>
      inOurWords(() => retryTrigger(deps, releaseId, { requestKey: requestWorkflowId(orderId), actor: by })),

    async stateOf({ key, after }: StateQuestion): Promise<EnvironmentState | null> {
      const state = await temporal.environmentState(key);
      if (state !== undefined && (after === undefined || state?.running !== after)) return state;
      const what = state === undefined ? `${environmentId(key)} did not answer` : `${String(after)} is just ending`;
      throw failure(FailureType.TemporalUnavailable, `${what}. It is asked again.`);
    },

    followRelease: ({ releaseId, gatesTold }: ReleaseQuestion, signal: AbortSignal): Promise<ReleaseNews> =>
      inOurWords(async () => {
        const release = await findRelease(store.db, releaseId);
        if (!release) throw notFound(`There is no release ${releaseId}.`);
        const workflowId = releaseWorkflowId(release, release.commit, release.sequence);
        for (let limitMs = FIRST_LOOK_MS; ; limitMs = Math.min(2 * limitMs, LONGEST_LOOK_MS)) {
          const result = await ending(workflowId, limitMs, signal);
          if (result) return { kind: 'ended', result };
          signal.throwIfAborted();
          const approval = (await temporal.releaseProgress(workflowId))?.approval;
          if (approval?.state === 'waiting' && !gatesTold.includes(approval.deploymentId)) {
            return { kind: 'gate', approval };
          }
        }
      }),
  };

  async function cancelled(what: CancelOrder['what']): Promise<boolean> {
    const found =
      'deploymentId' in what
        ? await findDeployment(store.db, what.deploymentId)
        : await findRelease(store.db, what.releaseId);
    return found?.state === 'cancelled';
  }

  /** A release that was admitted is started a moment later. */
  async function ending(workflowId: string, limitMs: number, signal: AbortSignal) {
    try {
      return await temporal.released(workflowId, { limitMs, signal });
    } catch (error) {
      if (!(error instanceof HttpProblem) || error.status !== 404) throw error;
      await delay(limitMs, undefined, { signal });
      return undefined;
    }
  }
}

/** What a route would have answered, as a workflow understands it. */
function asFailure({ status, type, message }: HttpProblem) {
  return failure(isFailureType(type) ? type : (BY_STATUS[status] ?? FailureType.Internal), message);
}

const isFailureType = (type: string): type is FailureType => Object.hasOwn(FailureType, type);
const BY_STATUS: Readonly<Record<number, FailureType>> = {
  403: FailureType.Forbidden,
  404: FailureType.NotFound,
  409: FailureType.Refused,
  422: FailureType.InvalidRequest,
  503: FailureType.TemporalUnavailable,
  504: FailureType.TemporalUnavailable,
};
