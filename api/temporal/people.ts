/** The part of the gateway through which people decide: approvals, and what holds an environment's queue back. */
import { WithStartWorkflowOperation, WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { ApprovalState, DecisionRequest } from '../../contracts/deployment/approval.ts';
import type { EnvironmentState } from '../../contracts/deployment/deployment.ts';
import type {
  DestroyRequest,
  LockRequest,
  PauseRequest,
  ResumeRequest,
  UnlockRequest,
} from '../../contracts/deployment/environment.ts';
import type { EndMaintenanceRequest, MaintenanceRequest } from '../../contracts/deployment/maintenance.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { environmentId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import { CONTROL_QUEUE } from '../../contracts/core/queues.ts';
import {
  destroyEnvironment,
  endMaintenance,
  lockEnvironment,
  pauseEnvironment,
  resumeEnvironment,
  startMaintenance,
  unlockEnvironment,
  foundingOf,
} from '../../workflows/messages/environment.messages.ts';
import { decideApproval, releaseProgress } from '../../workflows/messages/release.messages.ts';
import { QUERY_DEADLINE_MS, updateFailure } from './answers.ts';
import { sendUpdate, type Once } from './send-update.ts';

/** Each throws `TemporalUnavailable` or `WorkerUnavailable` without an answer, besides what it says itself. */
export interface PeopleGateway {
  /**
   * Says yes or no at the gate where a release waits.
   * @throws `Forbidden`; `NotWaiting` when it does not wait for that (any more)
   */
  decide(releaseWorkflowId: string, request: DecisionRequest, once?: Once): Promise<ApprovalState>;
  /** The gate at which a release waits, or waited last. `undefined` without one, or without an answer within a second. */
  approvalState(releaseWorkflowId: string): Promise<ApprovalState | undefined>;
  /** @throws `EnvironmentLocked` while the lock is another person's */
  lock(key: EnvironmentKey, request: LockRequest, once?: Once): Promise<EnvironmentState>;
  /** @throws `EnvironmentLocked` for another person's lock without force */
  unlock(key: EnvironmentKey, request: UnlockRequest, once?: Once): Promise<EnvironmentState>;
  pause(key: EnvironmentKey, request: PauseRequest): Promise<EnvironmentState>;
  resume(key: EnvironmentKey, request: ResumeRequest): Promise<EnvironmentState>;
  /**
   * @throws `EnvironmentLocked` while the lock is another person's; `Refused` where nothing is live; `InvalidConfiguration`
   *   where no page can stand
   */
  startMaintenance(key: EnvironmentKey, request: MaintenanceRequest): Promise<EnvironmentState>;
  /** @throws `EnvironmentLocked` while the lock is another person's */
  endMaintenance(key: EnvironmentKey, request: EndMaintenanceRequest): Promise<EnvironmentState>;
  /** @throws `EnvironmentLocked` while the lock is another person's */
  destroy(key: EnvironmentKey, request: DestroyRequest, once?: Once): Promise<EnvironmentState>;
}

export function createPeopleGateway(client: Client): PeopleGateway {
  async function answered<T>(attempted: string, once: Once, send: (once: Once) => Promise<T>): Promise<T> {
    try {
      return await sendUpdate(client, send, once);
    } catch (error) {
      throw await updateFailure(client, error, attempted);
    }
  }

  /** The environment comes into being with whoever speaks to it first, so that one can be locked before its first deployment. */
  const environment =
    <R>(
      update: UpdateDefinition<EnvironmentState, [R]>,
      verb: string,
    ): ((key: EnvironmentKey, request: R, once?: Once) => Promise<EnvironmentState>) =>
    (key, request, once = {}) =>
      answered(`${verb} ${environmentId(key)}`, once, (sent) =>
        client.workflow.executeUpdateWithStart(update, {
          startWorkflowOperation: founding(key),
          args: [request],
          ...sent,
        }),
      );

  return {
    async decide(releaseWorkflowId, request, once = {}) {
      const attempted = `${request.decision} ${request.deploymentId}`;
      try {
        return await answered(attempted, once, (sent) =>
          client.workflow.getHandle(releaseWorkflowId).executeUpdate(decideApproval, { args: [request], ...sent }),
        );
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        const why = 'what waited there has ended. Deploy it again to ask again.';
        throw failure(FailureType.NotWaiting, `${request.deploymentId} does not wait for approval: ${why}`);
      }
    },
    async approvalState(releaseWorkflowId) {
      const ask = () => client.workflow.getHandle(releaseWorkflowId).query(releaseProgress);
      const progress = await client.withDeadline(Date.now() + QUERY_DEADLINE_MS, ask).catch(() => undefined);
      return progress?.approval;
    },
    lock: environment(lockEnvironment, 'lock'),
    unlock: environment(unlockEnvironment, 'unlock'),
    pause: environment(pauseEnvironment, 'pause'),
    resume: environment(resumeEnvironment, 'resume'),
    startMaintenance: environment(startMaintenance, 'put a maintenance page in front of'),
    endMaintenance: environment(endMaintenance, 'take the maintenance page away from'),
    destroy: environment(destroyEnvironment, 'destroy'),
  };
}

function founding(key: EnvironmentKey) {
  return new WithStartWorkflowOperation('environment', {
    ...foundingOf(key),
    taskQueue: CONTROL_QUEUE,
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
}
