/** The state of workflows, for comparing the store with Temporal. */
import {
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { environmentWorkflowId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { WorkflowStanding } from '../../contracts/inbox/repair.ts';
import { environmentState } from '../../workflows/messages/environment.messages.ts';
import { reasonOf } from '../http/temporal-errors.ts';

/** No person waits for it, but it runs for many of them. */
const DEADLINE_MS = 5_000;

/** Throws `TemporalUnavailable` (retryable) for whatever keeps it from knowing. */
export function createEngineStatus(client: Client) {
  const asked = async <T>(work: () => Promise<T>, unknown: T): Promise<T> => {
    try {
      return await client.withDeadline(Date.now() + DEADLINE_MS, work);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return unknown;
      throw failure(FailureType.TemporalUnavailable, `Temporal does not say how a workflow stands: ${reasonOf(error)}`);
    }
  };
  return {
    standing: (workflowId: string): Promise<WorkflowStanding> =>
      asked(
        async (): Promise<WorkflowStanding> => {
          const { status, closeTime } = await client.workflow.getHandle(workflowId).describe();
          if (isOpen(status)) return { kind: 'running' };
          return { kind: 'ended', status: status.name, endedAt: closeTime?.getTime() ?? 0 };
        },
        { kind: 'unknown' },
      ),

    async resultOf<T>(workflowId: string): Promise<T | undefined> {
      const handle: WorkflowHandle<() => Promise<T>> = client.workflow.getHandle(workflowId);
      return asked(async () => {
        const { status } = await handle.describe();
        return status.name === 'COMPLETED' ? handle.result() : undefined;
      }, undefined);
    },

    environmentHas: (key: EnvironmentKey, deploymentId: string): Promise<boolean> =>
      asked(async () => {
        const handle = client.workflow.getHandle(environmentWorkflowId(key));
        const { status } = await handle.describe();
        if (!isOpen(status)) return false;
        // Temporal rejects questions to what is paused; it has what it had.
        if (status.name === 'PAUSED') return true;
        const { running, waiting } = await handle.query(environmentState, Date.now());
        return running === deploymentId || waiting.some((one) => one.deploymentId === deploymentId);
      }, false),
  };
}

const isOpen = ({ name }: WorkflowExecutionDescription['status']): boolean => name === 'RUNNING' || name === 'PAUSED';
