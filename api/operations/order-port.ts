/**
 * Where people's orders arrive that come from GitHub: activities hand them in (activities/people), so that a workflow
 * can carry them out. What is done is what the routes do; what goes wrong becomes a failure of our vocabulary.
 */
import type { ApprovalState } from '../../contracts/deployment/approval.ts';
import type { Trigger } from '../../contracts/admission/delivery.ts';
import type { EnvironmentState } from '../../contracts/deployment/deployment.ts';
import type { StateQuestion } from '../../contracts/deployment/environment.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { environmentId, releaseWorkflowId, requestWorkflowId } from '../../contracts/core/ids.ts';
import type { CancelOrder, DecisionOrder, LockOrder, RetryOrder, UnlockOrder } from '../../contracts/github/order.ts';
import type { PullRequestClosed } from '../../contracts/github/comment.ts';
import type { EndedRun } from '../../contracts/github/protection.ts';
import type { ReleaseFacts, ReleaseResult } from '../../contracts/deployment/release.ts';
import type { CommandQuestion, Resolution } from '../../contracts/github/resolution.ts';
import { findDeployment, findRelease, findReleaseInput } from '../../store/queries/release-views.ts';
import { describePlan } from '../commands/describe-plan.ts';
import { resolveCommand } from '../commands/resolve.ts';
import type { ApiDeps } from '../deps.ts';
import { createRollbackTargets } from './rollback-targets.ts';
import { existingEnvironment } from './environment-status.ts';
import { problemOf, temporalAway, type HttpProblem } from '../http/problem.ts';
import { decide } from './decide.ts';
import { cancelDeployment, cancelRelease } from './cancel.ts';
import { retryTrigger } from './retry.ts';
import { notFound } from '../http/problem.ts';
import { unlockTied } from './unlock-tied.ts';

type OrderPortDeps = Pick<ApiDeps, 'store' | 'temporal' | 'logger' | 'hasImage'>;

/** It has ended, or is about to. */
const RESULT_MS = 5_000;

/** Does what `OrderPort` (activities/people/people.port.ts) promises. */
export function createOrderPort(deps: OrderPortDeps) {
  const { store, temporal, logger } = deps;
  const rollbackTargets = createRollbackTargets(deps);
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
      inOurWords(() => decide(deps, deploymentId, { decision, by, via, note, commit, digest, orderId })),

    cancel: ({ what, by, reason, orderId }: CancelOrder, mayBeDone: boolean): Promise<string> =>
      inOurWords(async () => {
        const before = await cancelled(what);
        if (mayBeDone && before) return 'cancelled';
        if ('deploymentId' in what) return cancelDeployment(deps, what.deploymentId, { by, reason, orderId });
        return (await cancelRelease(deps, what.releaseId, { by, reason, orderId })).state;
      }),

    lock: ({ key, by, reason, forMs, tiedTo, orderId }: LockOrder): Promise<EnvironmentState> =>
      inOurWords(async () => {
        await existingEnvironment(deps, key);
        const tie = tiedTo === undefined ? {} : { tiedTo };
        return temporal.lock(key, { by, reason, forMs, ...tie }, { updateId: orderId });
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

    releaseFacts: (releaseId: string): Promise<ReleaseFacts> => inOurWords(() => facts(releaseId)),

    releaseResult: (releaseId: string, signal: AbortSignal): Promise<ReleaseResult> =>
      inOurWords(async () => {
        const { workflowId } = await facts(releaseId);
        const result = await temporal.released(workflowId, { limitMs: RESULT_MS, signal });
        signal.throwIfAborted();
        if (!result) throw temporalAway(`hear how ${releaseId} ended`);
        return result;
      }),

    resolveCommand: (question: CommandQuestion): Promise<Resolution> =>
      inOurWords(() => resolveCommand({ ...deps, rollbackTargets }, question)),

    describePlan: (question: Parameters<typeof describePlan>[1]): ReturnType<typeof describePlan> =>
      inOurWords(() => describePlan(deps, question)),

    endJobs: (run: EndedRun): Promise<readonly string[]> => inOurWords(() => temporal.endJobs(run)),

    unlockTied: (closed: PullRequestClosed): Promise<readonly string[]> => inOurWords(() => unlockTied(deps, closed)),
  };

  async function facts(releaseId: string): Promise<ReleaseFacts> {
    const release = await findReleaseInput(store.db, releaseId);
    if (!release) throw notFound(`There is no release ${releaseId}.`);
    const { key, commit, subject, sequence, environments } = release;
    const workflowId = releaseWorkflowId(key, commit, sequence);
    return { releaseId, workflowId, key, commit, subject, environments: environments.map(({ name }) => name) };
  }

  async function cancelled(what: CancelOrder['what']): Promise<boolean> {
    const found =
      'deploymentId' in what
        ? await findDeployment(store.db, what.deploymentId)
        : await findRelease(store.db, what.releaseId);
    return found?.state === 'cancelled';
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
