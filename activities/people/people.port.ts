/** The activities that carry out people's orders. `createPeopleActivities` beside this file implements them. */
import type { Markdown } from '../../contracts/core/markdown.ts';
import type { Actor } from '../../contracts/core/actor.ts';
import type { ApprovalState } from '../../contracts/deployment/approval.ts';
import type { Trigger } from '../../contracts/admission/delivery.ts';
import type { PreviewAnswer, PreviewRemoval, PreviewRequest } from '../../contracts/deployment/preview.ts';
import type { EnvironmentState } from '../../contracts/deployment/deployment.ts';
import type { StateQuestion } from '../../contracts/deployment/environment.ts';
import type {
  CancelOrder,
  DecisionOrder,
  DestroyOrder,
  LockOrder,
  RetryOrder,
  UnlockOrder,
} from '../../contracts/github/order.ts';
import type { CommandQuestion } from '../../contracts/github/command-question.ts';
import type { Resolution } from '../../contracts/github/resolution.ts';
import type { DeliveryPlan } from '../../contracts/admission/plan.ts';
import type { EndedRun } from '../../contracts/github/protection.ts';
import type { PullRequestClosed } from '../../contracts/github/comment.ts';
import type { ReleaseFacts, ReleaseResult } from '../../contracts/deployment/release.ts';

/** All of them take effect once for an order, however often they run. All throw `TemporalUnavailable`, `WorkerUnavailable`, `StoreUnavailable`. */
export interface PeopleActivities {
  /**
   * Approves or rejects at the gate where the release waits. The gate decides who may.
   * @throws `NotFound`, `NotWaiting`, `Forbidden`
   */
  decide(order: DecisionOrder): Promise<ApprovalState>;
  /** @returns the state that it was in. @throws `NotFound`, `AlreadyEnded`, `NotCancellable` */
  cancel(order: CancelOrder): Promise<string>;
  /** @throws `NotFound`, `EnvironmentLocked` while another person has it locked */
  lock(order: LockOrder): Promise<EnvironmentState>;
  /** @throws `NotFound`, `EnvironmentLocked` for another person's lock without force */
  unlock(order: UnlockOrder): Promise<EnvironmentState>;
  /** Hands a request to the preview of a pull request, which comes into being with it. */
  preview(request: PreviewRequest): Promise<PreviewAnswer>;
  /**
   * Begins the removal of one environment of a preview; its end is signalled to the follower. Nothing of it there is no
   * error.
   * @throws `EnvironmentLocked` while another person has it locked
   */
  removePreview(removal: PreviewRemoval): Promise<'removing' | 'gone'>;
  /** Begins it. @throws `NotFound`, `EnvironmentLocked` while another person has one locked */
  destroy(order: DestroyOrder): Promise<void>;
  /** The trigger that a retry repeats. @throws `NotFound`, `NothingToRetry`, `NameTheEnvironment` */
  retryOf(order: RetryOrder): Promise<Trigger>;
  /**
   * The environment's own report; `null` before its first contact.
   * @throws `TemporalUnavailable` as well while `after` still runs there: it reports its end a moment before it has
   * ended
   */
  stateOf(question: StateQuestion): Promise<EnvironmentState | null>;
  /** @throws `NotFound` */
  releaseFacts(releaseId: string): Promise<ReleaseFacts>;
  /** The result of a release that has ended. @throws `NotFound` */
  releaseResult(releaseId: string): Promise<ReleaseResult>;
  /** The meaning of a command, among the things that its repository has. */
  resolveCommand(question: CommandQuestion): Promise<Resolution>;
  /** A plan in words, with what stands in its way. */
  describePlan(question: PlanQuestion): Promise<Markdown>;
  /** Gives back the locks that were taken on a pull request. @returns the environments' ids */
  unlockTied(closed: PullRequestClosed): Promise<readonly string[]>;
  /** Ends the waiting of a run's jobs, now that it has ended. @returns the environments that they waited for */
  endJobs(run: EndedRun): Promise<readonly string[]>;
}

export interface PlanQuestion {
  readonly plan: DeliveryPlan;
  /** The person who would deploy. */
  readonly by: Actor;
}

/** Knows the store and Temporal; made by `createOrderPort` (api/operations/order-port.ts). Throws failures of our vocabulary. */
export interface OrderPort extends Omit<PeopleActivities, 'cancel' | 'destroy' | 'releaseResult'> {
  /** @param mayBeDone - an earlier attempt may have done it, so that it has ended is no refusal */
  cancel(order: CancelOrder, mayBeDone: boolean): Promise<string>;
  /** @param mayBeDone - see `cancel` */
  destroy(order: DestroyOrder, mayBeDone: boolean): Promise<void>;
  releaseResult(releaseId: string, signal: AbortSignal): Promise<ReleaseResult>;
}
