import { lockTie, type PullRequestClosed } from '../../contracts/github/comment.ts';
import { environmentId } from '../../contracts/core/ids.ts';
import type { EnvironmentLock } from '../../contracts/deployment/environment.ts';
import { listRepositoryServices } from '../../store/queries/repository.ts';
import type { ApiDeps } from '../deps.ts';
import { temporalAway } from '../http/temporal-errors.ts';

/**
 * Gives back the locks that were taken on a pull request which is closed now.
 *
 * @returns the ids of the environments that are free again
 * @throws `TemporalUnavailable`, `WorkerUnavailable`
 */
export async function unlockTied(
  { store, temporal }: Pick<ApiDeps, 'store' | 'temporal'>,
  closed: PullRequestClosed,
): Promise<readonly string[]> {
  const { orderId, actor } = closed;
  const tiedTo = lockTie(closed);
  const freed: string[] = [];
  for (const { project, service, environments } of await listRepositoryServices(store.db, closed.repositoryId)) {
    for (const { name } of environments) {
      const key = { project, service, environment: name };
      const state = await temporal.environmentState(key);
      if (state === undefined) throw temporalAway(`ask ${environmentId(key)} for its lock`);
      if (state?.lock?.tiedTo !== tiedTo || isNewer(state.lock, closed)) continue;
      // It may be another one by now: the environment looks again.
      await temporal.unlock(key, { by: actor, force: false, tiedTo }, { updateId: orderId });
      freed.push(environmentId(key));
    }
  }
  return freed;
}

/** Between GitHub's clock and ours. */
const CLOCKS_APART_MS = 60_000;

/** True when the pull request was opened again and locked since: the event of its closing may come late. */
const isNewer = ({ at }: EnvironmentLock, { closedAt }: PullRequestClosed): boolean =>
  closedAt !== undefined && at > closedAt + CLOCKS_APART_MS;
