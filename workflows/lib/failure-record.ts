import { ActivityFailure, ChildWorkflowFailure, TimeoutFailure } from '@temporalio/workflow';
import { FailureType, failureOf } from '../../contracts/core/failures.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';

/** Any error as a failure of our vocabulary, in words that a person can act on. */
export function explain(error: unknown): FailureRecord {
  const known = failureOf(error);
  if (known) return known;

  if (error instanceof ActivityFailure && error.cause instanceof TimeoutFailure) {
    const message = `${error.activityType} did not end in the time it is given (${error.cause.timeoutType}).`;
    return { type: FailureType.WaitExpired, message };
  }
  if (error instanceof ChildWorkflowFailure) {
    const message = `The ${error.workflowType} workflow ${error.execution.workflowId} did not end by itself: ${error.cause?.message ?? error.message}.`;
    return { type: FailureType.Internal, message };
  }
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return { type: FailureType.Internal, message: cause instanceof Error ? cause.message : String(cause) };
}
