import { ParentClosePolicy, getExternalWorkflowHandle, log, startChild } from '@temporalio/workflow';
import type { DeliveryResult, Trigger } from '../../contracts/admission/delivery.ts';
import { requestWorkflowId } from '../../contracts/core/ids.ts';
import type {
  DeploymentRequest,
  DeploymentResult,
  LiveDeployment,
  EnvironmentStanding,
  WaitingRequest,
} from '../../contracts/deployment/deployment.ts';
import type { EnvironmentEnd } from '../../contracts/deployment/preview.ts';
import { environmentGone } from '../messages/preview.messages.ts';
import { standingTold } from '../messages/admission.messages.ts';
import { deploymentEnded } from '../messages/release.messages.ts';

/** A requester that is gone is no error. */
export async function answer(
  { requester, deploymentId }: Pick<WaitingRequest, 'requester' | 'deploymentId'>,
  ending: DeploymentResult,
): Promise<void> {
  await getExternalWorkflowHandle(requester)
    .signal(deploymentEnded, ending)
    .catch((error: unknown) => log.info('the requester is gone', { requester, deploymentId, error }));
}

/** An asker that is gone is no error. */
export async function answerStanding(asker: string, environment: string, standing: EnvironmentStanding): Promise<void> {
  await getExternalWorkflowHandle(asker)
    .signal(standingTold, { environment, standing })
    .catch((error: unknown) => log.info('the asker is gone', { asker, error }));
}

/** A preview that is gone is no error. */
export async function answerFollower(follower: string, end: EnvironmentEnd): Promise<void> {
  await getExternalWorkflowHandle(follower)
    .signal(environmentGone, end)
    .catch((error: unknown) => log.info('the preview is gone', { follower, error }));
}

/** Orders the same rollback for where back is now. Never fails; it goes on by itself. */
export async function orderAgain(
  { key, deploymentId, actor }: DeploymentRequest,
  from: LiveDeployment,
  to: LiveDeployment,
): Promise<void> {
  const requestKey = requestWorkflowId(`${deploymentId}-again`);
  await startChild<(trigger: Trigger) => Promise<DeliveryResult>>('delivery', {
    workflowId: requestKey,
    args: [{ kind: 'rollback', requestKey, ...key, to: to.deploymentId, from: from.deploymentId, actor }],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `rollback of ${key.project}/${key.service} in ${key.environment}`,
  }).catch((error: unknown) => log.error('the rollback could not be ordered again', { error, deploymentId }));
}
