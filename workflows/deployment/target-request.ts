import type { DeploymentInput } from '../../contracts/deployment/deployment.ts';
import type { TargetRequest } from '../../contracts/deployment/target.ts';

/** The part of a deployment that a place of the target has to know. */
export function targetOf({ request, generation }: Pick<DeploymentInput, 'request' | 'generation'>): TargetRequest {
  const { key, deploymentId, image, commit, settings, environment, variables } = request;
  const { kindSettings } = environment.target;
  const target = { key, deploymentId, generation, image, commit, ...settings, kindSettings };
  return { ...target, ...(variables && { variablesRevision: variables.revision }) };
}
