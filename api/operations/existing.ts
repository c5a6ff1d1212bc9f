/** The record that an id names, or the answer that there is none. */
import type { DeploymentView, ReleaseView } from '../../contracts/http/api.ts';
import { findDeployment, findRelease } from '../../store/queries/release-views.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound } from '../http/problem.ts';

/** @throws {HttpProblem} 404 */
export async function existingRelease({ store }: Pick<ApiDeps, 'store'>, id: string): Promise<ReleaseView> {
  const release = await findRelease(store.db, id);
  if (!release) throw notFound(`There is no release ${id}.`);
  return release;
}

/** @throws {HttpProblem} 404 */
export async function existingDeployment({ store }: Pick<ApiDeps, 'store'>, id: string): Promise<DeploymentView> {
  const deployment = await findDeployment(store.db, id);
  if (!deployment) throw notFound(`There is no deployment ${id}.`);
  return deployment;
}
