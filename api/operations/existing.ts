/** The record that an id names, or the answer that there is none. */
import { FailureType, failure } from '../../contracts/core/failures.ts';
import type { DeploymentView, ReleaseView } from '../../contracts/http/api.ts';
import { findDeployment, findRelease } from '../../store/queries/release-views.ts';
import type { ApiDeps } from '../deps.ts';

/** @throws `NotFound` */
export async function existingRelease({ store }: Pick<ApiDeps, 'store'>, id: string): Promise<ReleaseView> {
  const release = await findRelease(store.db, id);
  if (!release) throw failure(FailureType.NotFound, `There is no release ${id}.`);
  return release;
}

/** @throws `NotFound` */
export async function existingDeployment({ store }: Pick<ApiDeps, 'store'>, id: string): Promise<DeploymentView> {
  const deployment = await findDeployment(store.db, id);
  if (!deployment) throw failure(FailureType.NotFound, `There is no deployment ${id}.`);
  return deployment;
}
