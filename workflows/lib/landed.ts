import { getExternalWorkflowHandle, log, workflowInfo } from '@temporalio/workflow';
import type { DeploymentInput } from '../../contracts/deployment/deployment.ts';
import { deploymentLanded } from '../messages/environment.messages.ts';
import { landedOf } from './version.ts';

/** Tells the environment that it is live, before the store and GitHub hear of it. Never fails. */
export async function tellLanded({ request, generation }: DeploymentInput): Promise<void> {
  const { parent } = workflowInfo();
  if (!parent) return;
  await getExternalWorkflowHandle(parent.workflowId)
    .signal(deploymentLanded, landedOf(request, generation))
    .catch((error: unknown) => log.info('the environment is gone', { error, deploymentId: request.deploymentId }));
}
