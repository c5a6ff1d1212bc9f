import { WorkflowFailedError } from '@temporalio/client';
import { failureOf } from '../../contracts/core/failures.ts';
import { onStore } from '../../store/failures.ts';
import { isUnreachable, temporalAway } from './temporal-errors.ts';

/**
 * An error that holds a failure of our vocabulary (`failureOf` finds it), where the error stands for one: what Temporal
 * wrapped a failure in, or the driver's way of saying that the store or Temporal is away. Any other error as it is.
 */
export async function namedFailure(error: unknown): Promise<unknown> {
  if (failureOf(error)) return error;
  if (error instanceof WorkflowFailedError) return error.cause;
  if (isUnreachable(error)) return temporalAway('do what was asked');
  try {
    return await onStore(async () => {
      throw error;
    });
  } catch (named) {
    return named;
  }
}
