/** A person holds a running deployment, lets it go on, or decides about a step that failed. */
import type { Actor } from '../../contracts/core/actor.ts';
import type { DeploymentProgress } from '../../contracts/deployment/deployment.ts';
import { isDeploymentOutcome } from '../../contracts/deployment/states.ts';
import type { StepDecisionRequest } from '../../contracts/deployment/steps.ts';
import type { DeploymentView } from '../../contracts/http/api.ts';
import type { ApiDeps } from '../deps.ts';
import { HttpProblem } from '../http/problem.ts';
import { existingDeployment } from './existing.ts';

type Deps = Pick<ApiDeps, 'store' | 'temporal'>;

/** @throws {HttpProblem} 404, 409 with the state, 503, 504 */
export async function pauseDeployment(
  deps: Deps,
  id: string,
  request: { readonly by: Actor; readonly reason: string },
): Promise<DeploymentProgress> {
  await runningDeployment(deps, id);
  return deps.temporal.pauseDeployment(id, request);
}

/** @throws {HttpProblem} 404, 409 with the state, 503, 504 */
export async function resumeDeployment(deps: Deps, id: string, by: Actor): Promise<DeploymentProgress> {
  await runningDeployment(deps, id);
  return deps.temporal.resumeDeployment(id, { by });
}

/** @throws {HttpProblem} 404, 409 with the state, 422 for what cannot be skipped, 503, 504 */
export async function decideStep(deps: Deps, id: string, request: StepDecisionRequest): Promise<DeploymentProgress> {
  await runningDeployment(deps, id);
  return deps.temporal.decideStep(id, request);
}

/** @throws {HttpProblem} 404, or 409 with the state of one that has ended or waits for approval */
export async function runningDeployment(deps: Pick<Deps, 'store'>, id: string): Promise<DeploymentView> {
  const found = await existingDeployment(deps, id);
  if (isDeploymentOutcome(found.state)) {
    throw new HttpProblem(
      409,
      'AlreadyEnded',
      `Deployment ${id} has ended (${found.state}).`,
      {},
      { state: found.state },
    );
  }
  if (found.state !== 'awaiting_approval') return found;
  throw new HttpProblem(409, 'NotRunning', `Deployment ${id} has not begun: it waits for approval.`);
}
