import type { DeploymentRequest, LandedDeployment, LiveDeployment } from '../../contracts/deployment/deployment.ts';

/** The deployment as its environment remembers it. */
export function liveVersionOf(
  { deploymentId, sequence, commit, image, digest, rollbackTo }: DeploymentRequest,
  generation: number,
): LiveDeployment {
  const back = rollbackTo !== undefined && { rollbackTo };
  return { deploymentId, sequence, generation, commit, image, digest, ...back };
}

export function landedOf(request: DeploymentRequest, generation: number): LandedDeployment {
  const { actor, byHand } = request;
  return { ...liveVersionOf(request, generation), actor, ...(byHand !== undefined && { byHand }) };
}
