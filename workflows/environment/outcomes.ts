/** What an environment answers for a deployment that cannot say so itself. */
import { getExternalWorkflowHandle, log } from '@temporalio/workflow';
import { shortCommit } from '../../contracts/core/names.ts';
import type { WaitingRequest, DeploymentResult } from '../../contracts/deployment/deployment.ts';
import { FailureType } from '../../contracts/core/failures.ts';
import type { DeploymentOutcome } from '../../contracts/deployment/states.ts';
import { deploymentEnded } from '../messages/release.messages.ts';
import { explain } from '../lib/failure-record.ts';

export function result({ deploymentId }: WaitingRequest, outcome: DeploymentOutcome): DeploymentResult {
  return { deploymentId, outcome, urls: [], healthAttempts: 0, leftovers: [] };
}

export function superseded(request: WaitingRequest, newer: string, how: string): DeploymentResult {
  const failure = { type: FailureType.Superseded, message: `${shortCommit(newer)} is newer and ${how}` };
  return { ...result(request, 'superseded'), failure };
}

/** A deployment always ends with a result; one that did not was ended by force, and nobody knows what runs. */
export function lost(request: WaitingRequest, error: unknown): DeploymentResult {
  const { message } = explain(error);
  const { hosts } = request.environment.target;
  return {
    ...result(request, 'rollback_failed'),
    leftovers: hosts.map((host) => `${host}: unknown`),
    disrepair: hosts.map((place) => ({
      place,
      why: 'the deployment was ended by force, so it is not known what runs',
    })),
    failure: {
      type: FailureType.RollbackFailed,
      message: `${message} What runs now is unknown: look, then deploy again.`,
    },
  };
}

/** A requester that is gone is no error. */
export async function answer(
  { requester, deploymentId }: Pick<WaitingRequest, 'requester' | 'deploymentId'>,
  ending: DeploymentResult,
): Promise<void> {
  await getExternalWorkflowHandle(requester)
    .signal(deploymentEnded, ending)
    .catch((error: unknown) => log.info('the requester is gone', { requester, deploymentId, error }));
}
