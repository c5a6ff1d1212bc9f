/** A person holds a running deployment, lets it go on, or decides about a step that failed. */
import type { Actor } from '../../contracts/core/actor.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import type { DeploymentProgress } from '../../contracts/deployment/deployment.ts';
import { isDeploymentOutcome } from '../../contracts/deployment/states.ts';
import type { StepDecisionRequest } from '../../contracts/deployment/steps.ts';
import type { DeploymentView } from '../../contracts/http/api.ts';
import type { ApiDeps } from '../deps.ts';
import { existingDeployment } from './existing.ts';

type Deps = Pick<ApiDeps, 'store' | 'temporal'>;

/** @throws `NotFound`, `AlreadyEnded`, `NotRunning`, or as the deployment refuses */
export async function pauseDeployment(
  deps: Deps,
  id: string,
  request: { readonly by: Actor; readonly reason: string },
): Promise<DeploymentProgress> {
  await runningDeployment(deps, id);
  return deps.temporal.pauseDeployment(id, request);
}

/** @throws `NotFound`, `AlreadyEnded`, `NotRunning`, or as the deployment refuses */
export async function resumeDeployment(deps: Deps, id: string, by: Actor): Promise<DeploymentProgress> {
  await runningDeployment(deps, id);
  return deps.temporal.resumeDeployment(id, { by });
}

/** @throws as {@link pauseDeployment}; `InvalidRequest` for a step that cannot be skipped */
export async function decideStep(deps: Deps, id: string, request: StepDecisionRequest): Promise<DeploymentProgress> {
  await runningDeployment(deps, id);
  return deps.temporal.decideStep(id, request);
}

/** @throws `NotFound`, `AlreadyEnded`, `NotRunning` */
export async function runningDeployment(deps: Pick<Deps, 'store'>, id: string): Promise<DeploymentView> {
  const found = await existingDeployment(deps, id);
  if (isDeploymentOutcome(found.state)) {
    throw failure(FailureType.AlreadyEnded, `Deployment ${id} has ended (${found.state}).`, { state: found.state });
  }
  if (found.state !== 'awaiting_approval') return found;
  throw failure(FailureType.NotRunning, `Deployment ${id} has not begun: it waits for approval.`);
}
