/** What becomes of the answer, or of the silence, of a workflow that a person has asked something. */
import { WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError, type Client } from '@temporalio/client';
import { failureFacts, failureOf } from '../../contracts/core/failures.ts';
import { HttpProblem, temporalAway } from '../http/problem.ts';
import { isUnreachable } from '../http/temporal-errors.ts';

/** What a person waits for at a prompt before "it goes on, look here" is the better answer. */
export const DECISION_DEADLINE_MS = 8_000;
const LOOK_DEADLINE_MS = 1_000;

function nobodyAnswered(attempted: string): HttpProblem {
  return new HttpProblem(
    504,
    'NobodyAnswered',
    `Could not ${attempted}: no worker answered within ${DECISION_DEADLINE_MS / 1_000} s. GET /readyz says what is missing; then ask again.`,
  );
}

/**
 * The problem behind an update that came to nothing: the failure's own status and words, 503 or 504 when nobody answers.
 * Anything else comes back as it is.
 */
export async function updateProblem(client: Client, error: unknown, attempted: string): Promise<unknown> {
  if (error instanceof WorkflowUpdateFailedError) {
    const failure = failureOf(error.cause);
    return failure ? new HttpProblem(failureFacts(failure.type).httpStatus, failure.type, failure.message) : error;
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return whoIsSilent(client, attempted);
  return isUnreachable(error) ? temporalAway(attempted) : error;
}

/** An update's time is up in the same words whether the server or the workers are away. */
export async function whoIsSilent(client: Client, attempted: string): Promise<HttpProblem> {
  const { namespace } = client.options;
  try {
    await client.withDeadline(Date.now() + LOOK_DEADLINE_MS, () =>
      client.workflowService.describeNamespace({ namespace }),
    );
    return nobodyAnswered(attempted);
  } catch {
    return temporalAway(attempted);
  }
}
