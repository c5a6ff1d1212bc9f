/** Results of deployments that cannot give one themselves. */
import { shortCommit } from '../../../contracts/core/names.ts';
import type { DeploymentResult, EndedDeployment, WaitingRequest } from '../../../contracts/deployment/deployment.ts';
import { FailureType } from '../../../contracts/core/failures.ts';
import type { FailureRecord } from '../../../contracts/core/failures.ts';
import type { DeploymentOutcome } from '../../../contracts/deployment/states.ts';

/** Limits of an ending that is remembered. */
const MAX_MESSAGE = 2_000;
const MAX_LEFTOVERS = 20;
const MAX_LEFTOVER = 200;

export function result(
  { deploymentId }: WaitingRequest,
  outcome: DeploymentOutcome,
  failure?: FailureRecord,
): DeploymentResult {
  return { deploymentId, outcome, urls: [], healthAttempts: 0, leftovers: [], ...(failure && { failure }) };
}

export const superseded = (request: WaitingRequest, newer: string, how: string): DeploymentResult =>
  result(request, 'superseded', { type: FailureType.Superseded, message: `${shortCommit(newer)} is newer and ${how}` });

export const busy = (request: WaitingRequest, message: string): DeploymentResult =>
  result(request, 'failed', { type: FailureType.EnvironmentBusy, message });

/** A deployment always ends with a result; one that did not was ended by force, and it is not known what runs. */
export function lost(request: WaitingRequest, message: string): DeploymentResult {
  const { places } = request.environment.target;
  return {
    ...result(request, 'rollback_failed'),
    leftovers: places.map(({ name }) => `${name}: unknown`),
    disrepair: places.map(({ name: place, queue }) => ({
      ...{ place, queue },
      why: 'the deployment was ended by force, so it is not known what runs',
    })),
    failure: {
      type: FailureType.RollbackFailed,
      message: `${message} The running version is unknown: check it, then deploy again.`,
    },
  };
}

/** The answer to a request that arrives again. */
export function remembered({ failure, ...ending }: DeploymentResult, { commit }: WaitingRequest): EndedDeployment {
  const brief = failure && { type: failure.type, message: failure.message.slice(0, MAX_MESSAGE) };
  const leftovers = ending.leftovers.slice(0, MAX_LEFTOVERS).map((one) => one.slice(0, MAX_LEFTOVER));
  return { ...ending, leftovers, commit, ...(brief && { failure: brief }) };
}
