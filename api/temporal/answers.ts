/** Turns the answer, or the silence, of a workflow after a person's request into a result. */
import { WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError, type Client } from '@temporalio/client';
import { FailureType, failure, failureOf } from '../../contracts/core/failures.ts';
import { isNotReady, isUnreachable, temporalAway } from '../http/temporal-errors.ts';
import { DECISION_DEADLINE_MS } from './send-update.ts';

/** A page that waits longer for an account of what runs is worse than one without it. */
export const QUERY_DEADLINE_MS = 1_000;
const LOOK_DEADLINE_MS = 1_000;

function workersAway(attempted: string) {
  return failure(
    FailureType.WorkerUnavailable,
    `Could not ${attempted}: no worker answered within ${DECISION_DEADLINE_MS / 1_000} s. GET /readyz says what is missing; then ask again.`,
  );
}

const workflowFails = (attempted: string) =>
  failure(
    FailureType.WorkerUnavailable,
    `Could not ${attempted}: its workflow fails at its task again and again. GET /readyz and Landfall's log say why; nothing was changed, so ask again.`,
  );

/**
 * The failure behind an update that came to nothing: the workflow's own, or `TemporalUnavailable` or `WorkerUnavailable`.
 * Anything else comes back as it is.
 */
export async function updateFailure(client: Client, error: unknown, attempted: string): Promise<unknown> {
  if (error instanceof WorkflowUpdateFailedError) {
    return failureOf(error.cause) ? error.cause : error;
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return whoIsSilent(client, attempted);
  if (isNotReady(error)) return workflowFails(attempted);
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
