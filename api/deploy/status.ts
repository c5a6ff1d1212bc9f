import { FailureType, type FailureRecord } from '../../contracts/core/failures.ts';
import type { DeploymentOutcome } from '../../contracts/deployment/states.ts';
import { FAILURE_STATUS, type ProblemStatus } from '../http/problem-status.ts';

/** Failures of ours, not of the request. */
const OURS: ReadonlySet<FailureType> = new Set([FailureType.Internal, FailureType.StoreUnavailable]);

/**
 * The status for a CI job after the end of its deployment. 4xx: nothing was touched, which holds for every image that
 * could not be pulled (requirements, C2). 5xx: it was touched, and what ran before runs again, observed (502), or it
 * does not (500) (requirements, C4).
 */
export function statusOf(outcome: DeploymentOutcome, failure: FailureRecord | undefined): 200 | ProblemStatus {
  switch (outcome) {
    case 'live':
      return 200;
    case 'failed':
      return refusalStatus(failure?.type ?? FailureType.Internal);
    case 'superseded':
    case 'cancelled':
      return 409;
    case 'rolled_back':
      return 502;
    case 'rollback_failed':
      return 500;
  }
}

/** For what failed before anything was touched. 424: the request is right, and something that it needs is not. */
export function refusalStatus(type: FailureType): ProblemStatus {
  const status = FAILURE_STATUS[type];
  if (status < 500 || OURS.has(type)) return status;
  return type === FailureType.DigestMismatch ? 409 : 424;
}
