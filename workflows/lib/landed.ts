import { getExternalWorkflowHandle, log, workflowInfo } from '@temporalio/workflow';
import type {
  DeploymentInput,
  DeploymentRequest,
  LandedDeployment,
  LiveDeployment,
} from '../../contracts/deployment/deployment.ts';
import { deploymentLanded } from '../messages/environment.messages.ts';

/** The deployment as its environment remembers it. */
export function versionOf(
  { deploymentId, sequence, commit, image, digest, rollbackTo }: DeploymentRequest,
  generation: number,
): LiveDeployment {
  const back = rollbackTo !== undefined && { rollbackTo };
  return { deploymentId, sequence, generation, commit, image, digest, ...back };
}

export function landedOf(request: DeploymentRequest, generation: number): LandedDeployment {
  const { actor, byHand } = request;
  return { ...versionOf(request, generation), actor, ...(byHand !== undefined && { byHand }) };
}

/** Tells the environment that it is live, before anybody else hears of it. Never fails. */
export async function tellLanded({ request, generation }: DeploymentInput): Promise<void> {
  const { parent } = workflowInfo();
  if (!parent) return;
  await getExternalWorkflowHandle(parent.workflowId)
    .signal(deploymentLanded, landedOf(request, generation))
    .catch((error: unknown) => log.info('the environment is gone', { error, deploymentId: request.deploymentId }));
}
