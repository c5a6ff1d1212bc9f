/**
 * The API's gateway to Temporal. Every call has a deadline: with the server away a call would otherwise hang
 * for more than 20 seconds.
 */
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  isGrpcDeadlineError,
  type Client,
  type WorkflowHandle,
  type WorkflowStartOptions,
} from '@temporalio/client';
import type { DeliveryResult, Trigger } from '../../contracts/admission/delivery.ts';
import type { EnvironmentState } from '../../contracts/deployment/deployment.ts';
import { summaryOf, workflowOf } from '../../contracts/inbox/inbox-event.ts';
import type { InboxEvent } from '../../contracts/inbox/inbox-event.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { environmentWorkflowId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import { CONTROL_QUEUE } from '../../contracts/core/queues.ts';
import type { CancelRequest, ReleaseProgress, ReleaseResult } from '../../contracts/deployment/release.ts';
import { cancelDeployment, environmentState } from '../../workflows/messages/environment.messages.ts';
import { cancelRelease } from '../../workflows/messages/release.messages.ts';
import type { Check } from '../ports.ts';
import { isUnreachable, reasonOf, temporalAway } from '../http/temporal-errors.ts';
import { whoIsSilent } from './answers.ts';
import { createDeploymentGateway, type DeploymentGateway } from './deployment-gateway.ts';
import { createQueueGateway, type QueueGateway } from './queues.ts';
import { createJobGateway, type JobGateway } from './jobs.ts';
import { createPreviewGateway, type PreviewGateway } from './previews.ts';
import { createPeopleGateway, type PeopleGateway } from './people.ts';
import { DECISION_DEADLINE_MS, sendUpdate, type Once } from './send-update.ts';
import { searchAttributes } from './search-attributes.ts';

/** A start takes milliseconds; one that takes longer is better repeated from the inbox than waited for. */
const START_DEADLINE_MS = 2_000;
/** Reading is an extra: the store already has an answer. */
const QUERY_DEADLINE_MS = 1_000;
/** A caller that does not want to wait still wants to hear of an end. */
const LOOK_DEADLINE_MS = 300;
/** One is enough to look. */
const MAX_STUCK = 5;
/** The name in the memo of a signed delivery. */
const FINGERPRINT = 'fingerprint';
/** A probe that waits longer than this has its answer: no. */
const HEALTH_DEADLINE_MS = 2_000;

/** The time that a caller waits. */
export interface Patience {
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

export interface TemporalGateway extends PeopleGateway, DeploymentGateway, JobGateway, PreviewGateway, QueueGateway {
  /**
   * Starts the workflow that it asks for, once for ever per workflow id: started before is success.
   * Throws what Temporal's client throws; see `isUnreachable` for what it means.
   */
  startDelivery(event: InboxEvent, options: { readonly workflowId: string }): Promise<void>;
  /**
   * Starts it, or joins the one that runs, and waits a few seconds for what it decides.
   * @returns `undefined` when it has not decided yet; it goes on.
   * @throws `TemporalUnavailable`; the failure with which the request was refused
   */
  requestRelease(trigger: Trigger, options: { readonly workflowId: string }): Promise<DeliveryResult | undefined>;
  /**
   * Starts the delivery of a signed request, or joins it. One that failed has admitted nothing, so it may start again.
   * @throws `TemporalUnavailable`
   */
  startDeploy(trigger: Trigger, options: { readonly workflowId: string; readonly fingerprint: string }): Promise<void>;
  /**
   * The fingerprint that {@link startDeploy} was given; `undefined` when there is no such request.
   * @throws `TemporalUnavailable`
   */
  fingerprintOf(workflowId: string): Promise<string | undefined>;
  /**
   * The delivery's decision, once there is one.
   * @returns `undefined` when there was none within the time, or the signal was aborted
   * @throws `NotFound`, `TemporalUnavailable`; `WorkflowFailedError` with the failure that it ended with
   */
  decided(workflowId: string, patience: Patience): Promise<DeliveryResult | undefined>;
  /** The end of the release, once it has come. Otherwise like {@link decided}. */
  released(workflowId: string, patience: Patience): Promise<ReleaseResult | undefined>;
  /**
   * @returns the release's place when it was stopped
   * @throws `AlreadyEnded`, `NotCancellable`, `NotFound`; `TemporalUnavailable` or `WorkerUnavailable` without an
   * answer
   */
  cancelRelease(workflowId: string, request: CancelRequest, once?: Once): Promise<ReleaseProgress>;
  /**
   * Tells the environment; it takes a waiting deployment out of its queue, and has a running one undo what it did.
   * @throws `NotFound` for an environment that has no workflow, `TemporalUnavailable`
   */
  cancelDeployment(key: EnvironmentKey, request: CancelRequest & { readonly deploymentId: string }): Promise<void>;
  /** `undefined` without an answer within a second; `null` when the environment has no workflow yet. */
  environmentState(key: EnvironmentKey): Promise<EnvironmentState | null | undefined>;
  /**
   * Ids of running workflows whose tasks fail again and again, some of them. `undefined` when Temporal does not answer
   * within a second, or is too old to know. Never throws.
   */
  stuckWorkflows(): Promise<readonly string[] | undefined>;
  /** Asks the server for our namespace. Never throws. */
  health(): Promise<Check>;
}

export function createTemporalGateway(client: Client): TemporalGateway {
  const within = <T>(ms: number, call: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + ms, call);
  const environment = (key: EnvironmentKey) => client.workflow.getHandle(environmentWorkflowId(key));

  async function start(
    event: InboxEvent,
    {
      workflowId,
      ...more
    }: Pick<WorkflowStartOptions, 'workflowId' | 'workflowIdReusePolicy'> & {
      readonly memo?: Readonly<Record<string, string>>;
    },
  ): Promise<void> {
    try {
      await within(START_DEADLINE_MS, () =>
        client.workflow.start(workflowOf(event), {
          taskQueue: CONTROL_QUEUE,
          workflowId,
          workflowIdReusePolicy: more.workflowIdReusePolicy ?? 'REJECT_DUPLICATE',
          workflowIdConflictPolicy: 'USE_EXISTING',
          args: [event],
          staticSummary: summaryOf(event),
          memo: { trigger: summaryOf(event), actor: event.actor.name, ...more.memo },
          typedSearchAttributes: searchAttributes(event),
        }),
      );
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
  const startDelivery: TemporalGateway['startDelivery'] = (event, options) => start(event, options);

  /** Waits for a workflow's end. */
  async function ending<T>(workflowId: string, { limitMs, signal }: Patience): Promise<T | undefined> {
    const handle: WorkflowHandle<() => Promise<T>> = client.workflow.getHandle(workflowId);
    try {
      return await client.withAbortSignal(signal, () =>
        within(Math.max(limitMs, LOOK_DEADLINE_MS), () => handle.result()),
      );
    } catch (error) {
      if (signal.aborted || isGrpcDeadlineError(error)) return undefined;
      if (error instanceof WorkflowNotFoundError) {
        throw failure(FailureType.NotFound, 'Temporal knows no such request any more; it was made long ago.');
      }
      throw isUnreachable(error) ? temporalAway('wait for the deployment') : error;
    }
  }

  return {
    ...createPeopleGateway(client),
    ...createDeploymentGateway(client),
    ...createJobGateway(client),
    ...createPreviewGateway(client),
    ...createQueueGateway(client),
    startDelivery,

    async requestRelease(trigger, options) {
      try {
        await startDelivery(trigger, options);
      } catch (error) {
        throw isUnreachable(error) ? temporalAway('hand over the request') : error;
      }
      const handle: WorkflowHandle<() => Promise<DeliveryResult>> = client.workflow.getHandle(options.workflowId);
      try {
        return await within(DECISION_DEADLINE_MS, () => handle.result());
      } catch (error) {
        // It has been started, so it goes on; only its answer is missing.
        if (isGrpcDeadlineError(error) || isUnreachable(error)) return undefined;
        throw error;
      }
    },

    async startDeploy(trigger, { workflowId, fingerprint }) {
      const workflowIdReusePolicy = 'ALLOW_DUPLICATE_FAILED_ONLY';
      try {
        await start(trigger, { workflowId, workflowIdReusePolicy, memo: { [FINGERPRINT]: fingerprint } });
      } catch (error) {
        throw isUnreachable(error) ? temporalAway('hand over the request') : error;
      }
    },

    async fingerprintOf(workflowId) {
      try {
        const { memo } = await within(START_DEADLINE_MS, () => client.workflow.getHandle(workflowId).describe());
        const fingerprint = memo?.[FINGERPRINT];
        return typeof fingerprint === 'string' ? fingerprint : '';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw isUnreachable(error) ? temporalAway('look for the request') : error;
      }
    },

    decided: (workflowId, patience) => ending<DeliveryResult>(workflowId, patience),
    released: (workflowId, patience) => ending<ReleaseResult>(workflowId, patience),

    async cancelRelease(workflowId, request, once = {}) {
      const handle = client.workflow.getHandle(workflowId);
      try {
        return await sendUpdate(
          client,
          (sent) => handle.executeUpdate(cancelRelease, { args: [request], ...sent }),
          once,
        );
      } catch (error) {
        if (error instanceof WorkflowUpdateFailedError) {
          throw failure(FailureType.NotCancellable, `The release was not cancelled: ${reasonOf(error)}`);
        }
        if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)
          throw await whoIsSilent(client, 'cancel the release');
        if (isUnreachable(error)) throw temporalAway('cancel the release');
        if (error instanceof WorkflowNotFoundError) throw await ended(handle);
        throw error;
      }
    },

    async cancelDeployment(key, request) {
      try {
        await within(START_DEADLINE_MS, () => environment(key).signal(cancelDeployment, request));
      } catch (error) {
        if (isUnreachable(error)) throw temporalAway('cancel the deployment');
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        throw failure(FailureType.NotFound, 'This environment has no running workflow, so nothing can be cancelled.');
      }
    },

    async environmentState(key) {
      try {
        return await within(QUERY_DEADLINE_MS, () => environment(key).query(environmentState, Date.now()));
      } catch (error) {
        // The caller has the store's answer; this one is only fresher.
        return error instanceof WorkflowNotFoundError ? null : undefined;
      }
    },

    async stuckWorkflows() {
      const query = `ExecutionStatus = 'Running' AND TemporalReportedProblems IS NOT NULL`;
      const namespace = client.options.namespace;
      try {
        const { executions } = await within(QUERY_DEADLINE_MS, () =>
          client.workflowService.listWorkflowExecutions({ namespace, query, pageSize: MAX_STUCK }),
        );
        return executions.map(({ execution }) => execution?.workflowId ?? '');
      } catch {
        return undefined;
      }
    },

    async health() {
      const namespace = client.options.namespace;
      try {
        await within(HEALTH_DEADLINE_MS, () => client.workflowService.describeNamespace({ namespace }));
        return { ok: true, detail: `namespace ${namespace} answers` };
      } catch (error) {
        return { ok: false, detail: `namespace ${namespace} does not answer: ${reasonOf(error)}` };
      }
    },
  };

  /** The answer to a cancel when Temporal knows no running workflow of that id. */
  async function ended(handle: WorkflowHandle): Promise<ReturnType<typeof failure>> {
    try {
      const { status } = await within(QUERY_DEADLINE_MS, () => handle.describe());
      return failure(FailureType.AlreadyEnded, `The release has ended (${status.name}); there is nothing to cancel.`);
    } catch (error) {
      if (isUnreachable(error)) return temporalAway('cancel the release');
      return failure(FailureType.NotFound, 'Temporal knows no such release any more; it ended long ago.');
    }
  }
}
