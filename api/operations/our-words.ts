import { FailureType, failureOf, type FailureRecord } from '../../contracts/core/failures.ts';
import { namedFailure } from '../http/named-failure.ts';
import type { Logger } from '../ports.ts';

/**
 * Turns any error of an operation into the words of our vocabulary. An error without a name is logged, and says where
 * to look.
 */
export async function inOurWords(error: unknown, logger: Logger): Promise<FailureRecord> {
  const named = failureOf(await namedFailure(error));
  if (named) return named;
  logger.error({ err: error }, 'an operation failed for an unforeseen reason');
  return {
    type: FailureType.Internal,
    message: 'Something went wrong in Landfall itself. Its log (landfall.log) says what.',
  };
}
