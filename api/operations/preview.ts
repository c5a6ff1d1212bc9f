/** A person asks for the preview of a pull request, about it, or for its end. */
import { environmentId } from '../../contracts/core/ids.ts';
import type { PreviewAnswer, PreviewRemoval, PreviewRequest } from '../../contracts/deployment/preview.ts';
import { newestRelease } from '../../store/queries/environment-ends.ts';
import { findEnvironment } from '../../store/queries/views.ts';
import type { ApiDeps } from '../deps.ts';
import { temporalAway } from '../http/temporal-errors.ts';

type Deps = Pick<ApiDeps, 'store' | 'temporal'>;

/** The same order id takes effect once. @throws `TemporalUnavailable`, `WorkerUnavailable` */
export const requestPreview = ({ temporal }: Pick<Deps, 'temporal'>, request: PreviewRequest): Promise<PreviewAnswer> =>
  temporal.requestPreview(request);

/**
 * Begins the end of one environment of a preview. Nothing of it there is no error.
 *
 * @throws `EnvironmentLocked` while another person has it locked; `TemporalUnavailable`, `WorkerUnavailable`
 */
export async function removePreview(
  { store, temporal }: Deps,
  { key, by, orderId, follower }: PreviewRemoval,
): Promise<'removing' | 'gone'> {
  const [known, state] = await Promise.all([findEnvironment(store.db, key), temporal.environmentState(key)]);
  if (state === undefined) throw temporalAway(`ask ${environmentId(key)} what it does`);
  // Without a workflow and without a row nothing was ever begun there, or all of it is gone.
  if (!known && state === null) return 'gone';
  const through = await newestRelease(store.db, key);
  await temporal.destroy(key, { by, through, follower }, { updateId: orderId });
  return 'removing';
}
