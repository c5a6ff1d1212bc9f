/** Turns the answer, or the silence, of a workflow after a person's request into a result. */
import { WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError, type Client } from '@temporalio/client';
import { FailureType, failure, failureOf } from '../../contracts/core/failures.ts';
import { isUnreachable, temporalAway } from '../http/temporal-errors.ts';

/** The time that a person waits at a prompt before "it goes on, look here" is the better answer. */
export const DECISION_DEADLINE_MS = 8_000;
const LOOK_DEADLINE_MS = 1_000;

function workersAway(attempted: string) {
  return failure(
    FailureType.WorkerUnavailable,
    `Could not ${attempted}: no worker answered within ${DECISION_DEADLINE_MS / 1_000} s. GET /readyz says what is missing; then ask again.`,
  );
}

/**
 * The failure behind an update that came to nothing: the workflow's own, or `TemporalUnavailable` or `WorkerUnavailable`.
 * Anything else comes back as it is.
 */
export async function updateFailure(client: Client, error: unknown, attempted: string): Promise<unknown> {
  if (error instanceof WorkflowUpdateFailedError) {
    return failureOf(error.cause) ? error.cause : error;
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return whoIsSilent(client, attempted);
  return isUnreachable(error) ? temporalAway(attempted) : error;
}

/** An update's time is up in the same words whether the server or the workers are away. */
export async function whoIsSilent(client: Client, attempted: string): Promise<ReturnType<typeof failure>> {
  const { namespace } = client.options;
  try {
    await client.withDeadline(Date.now() + LOOK_DEADLINE_MS, () =>
      client.workflowService.describeNamespace({ namespace }),
    );
    return workersAway(attempted);
  } catch {
    return temporalAway(attempted);
  }
}
