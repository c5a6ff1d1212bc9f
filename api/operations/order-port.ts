/**
 * The door for people's orders from GitHub: activities hand them in (activities/people), so that a workflow can carry
 * them out. The work is that of the routes; errors are failures of our vocabulary.
 */
import type { ApprovalState } from '../../contracts/deployment/approval.ts';
import type { Trigger } from '../../contracts/admission/delivery.ts';
import type { EnvironmentState } from '../../contracts/deployment/deployment.ts';
import type { StateQuestion } from '../../contracts/deployment/environment.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { environmentId, releaseWorkflowId, requestWorkflowId } from '../../contracts/core/ids.ts';
import type {
  CancelOrder,
  DecisionOrder,
  DestroyOrder,
  LockOrder,
  RetryOrder,
  UnlockOrder,
} from '../../contracts/github/order.ts';
import type { PullRequestClosed } from '../../contracts/github/comment.ts';
import type { EndedRun } from '../../contracts/github/protection.ts';
import type { ReleaseFacts, ReleaseResult } from '../../contracts/deployment/release.ts';
import type { PreviewAnswer, PreviewRemoval, PreviewRequest } from '../../contracts/deployment/preview.ts';
import type { CommandQuestion } from '../../contracts/github/command-question.ts';
import type { Resolution } from '../../contracts/github/resolution.ts';
import { findDeployment, findRelease, findReleaseInput } from '../../store/queries/release-views.ts';
import { describePlan } from '../commands/describe-plan.ts';
import { resolveCommand } from '../commands/resolve.ts';
import type { ApiDeps } from '../deps.ts';
import { createRollbackTargets } from './rollback-targets.ts';
import { temporalAway } from '../http/temporal-errors.ts';
import { decide } from './decide.ts';
import { cancelDeployment, cancelRelease } from './cancel.ts';
import { destroyNamed } from './destroy.ts';
import { lockEnvironment, unlockEnvironment } from './lock.ts';
import { inOurWords } from './our-words.ts';
import { removePreview, requestPreview } from './preview.ts';
import { retryTrigger } from './retry.ts';
import { unlockTied } from './unlock-tied.ts';

type OrderPortDeps = Pick<ApiDeps, 'store' | 'temporal' | 'logger' | 'hasImage' | 'logDir'>;

/** The release has ended, or is about to: its result comes soon. */
const RESULT_MS = 5_000;

/** Does what `OrderPort` (activities/people/people.port.ts) promises. */
export function createOrderPort(deps: OrderPortDeps) {
  const { store, temporal, logger } = deps;
  const rollbackTargets = createRollbackTargets(deps);
  const named = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      const { type, message } = await inOurWords(error, logger);
      throw failure(type, message);
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
      named(() => decide(deps, deploymentId, { decision, by, via, note, commit, digest, orderId })),

    cancel: ({ what, by, reason, orderId }: CancelOrder, mayBeDone: boolean): Promise<string> =>
      named(async () => {
        const before = await cancelled(what);
        if (mayBeDone && before) return 'cancelled';
        if ('deploymentId' in what) return cancelDeployment(deps, what.deploymentId, { by, reason, orderId });
        return (await cancelRelease(deps, what.releaseId, { by, reason, orderId })).state;
      }),

    lock: ({ key, by, reason, forMs, tiedTo, orderId }: LockOrder): Promise<EnvironmentState> =>
      named(() => lockEnvironment(deps, key, { by, reason, time: forMs, tiedTo, orderId })),

    unlock: ({ key, by, force, orderId }: UnlockOrder): Promise<EnvironmentState> =>
      named(() => unlockEnvironment(deps, key, { by, force, orderId })),

    destroy: ({ key, environments, by, orderId }: DestroyOrder, mayBeDone: boolean): Promise<void> =>
      named(async () => {
        const keys = environments.map((environment) => ({ ...key, environment }));
        await destroyNamed(deps, keys, { by, orderId, mayBeDone });
      }),

    preview: (request: PreviewRequest): Promise<PreviewAnswer> => named(() => requestPreview(deps, request)),

    removePreview: (removal: PreviewRemoval): Promise<'removing' | 'gone'> => named(() => removePreview(deps, removal)),

    retryOf: ({ releaseId, by, orderId }: RetryOrder): Promise<Trigger> =>
      named(() => retryTrigger(deps, releaseId, { requestKey: requestWorkflowId(orderId), actor: by })),

    async stateOf({ key, after }: StateQuestion): Promise<EnvironmentState | null> {
      const state = await temporal.environmentState(key);
      if (state !== undefined && (after === undefined || state?.running !== after)) return state;
      const what = state === undefined ? `${environmentId(key)} did not answer` : `${String(after)} is just ending`;
      throw failure(FailureType.TemporalUnavailable, `${what}. It is asked again.`);
    },

    releaseFacts: (releaseId: string): Promise<ReleaseFacts> => named(() => facts(releaseId)),

    releaseResult: (releaseId: string, signal: AbortSignal): Promise<ReleaseResult> =>
      named(async () => {
        const { workflowId } = await facts(releaseId);
        const result = await temporal.released(workflowId, { limitMs: RESULT_MS, signal });
        signal.throwIfAborted();
        if (!result) throw temporalAway(`hear how ${releaseId} ended`);
        return result;
      }),

    resolveCommand: (question: CommandQuestion): Promise<Resolution> =>
      named(() => resolveCommand({ ...deps, rollbackTargets }, question)),

    describePlan: (question: Parameters<typeof describePlan>[1]): ReturnType<typeof describePlan> =>
      named(() => describePlan(deps, question)),

    endJobs: (run: EndedRun): Promise<readonly string[]> => named(() => temporal.endJobs(run)),

    unlockTied: (closed: PullRequestClosed): Promise<readonly string[]> => named(() => unlockTied(deps, closed)),
  };

  async function facts(releaseId: string): Promise<ReleaseFacts> {
    const release = await findReleaseInput(store.db, releaseId);
    if (!release) throw failure(FailureType.NotFound, `There is no release ${releaseId}.`);
    const { key, called, commit, subject, sequence, environments } = release;
    const workflowId = releaseWorkflowId(key, commit, sequence);
    const names = environments.map(({ name }) => name);
    return { releaseId, workflowId, key, ...(called && { called }), commit, subject, environments: names };
  }

  async function cancelled(what: CancelOrder['what']): Promise<boolean> {
    const found =
      'deploymentId' in what
        ? await findDeployment(store.db, what.deploymentId)
        : await findRelease(store.db, what.releaseId);
    return found?.state === 'cancelled';
  }
}
