import { FailureType, failure, failureOf } from '../../../contracts/core/failures.ts';

/**
 * The failure of a restore. Giving up leaves the environment with neither version, so what a person may mend in the
 * cluster (a quota, a right, a rule) is waited for as long as anything else is.
 */
export function restoreFailure(error: unknown): unknown {
  const known = failureOf(error);
  return known?.type === FailureType.EngineRefused ? failure(known.type, known.message, { retryable: true }) : error;
}
