/** The next commit for each environment; only GitHub knows how far away it is. */
import type { Gap } from '../../contracts/github/commit-distance.ts';
import { environmentId } from '../../contracts/core/ids.ts';
import { shownAs, type EnvironmentKey } from '../../contracts/core/keys.ts';
import { presentNames, type PresentNames } from '../../store/queries/names.ts';
import { findEnvironmentPlace } from '../../store/queries/previous-environment.ts';
import { findLive } from '../../store/queries/live-deployment.ts';
import type { ApiDeps } from '../deps.ts';
import { MAX_ROWS } from './status-tables.ts';

type GapDeps = Pick<ApiDeps, 'store'>;

/** The gaps of the environments that the status shows, and in which there is something to compare. */
export async function findCommitGaps({ store }: GapDeps, keys: readonly EnvironmentKey[]): Promise<readonly Gap[]> {
  const names = await presentNames(store.db);
  const found = await Promise.all(keys.slice(0, MAX_ROWS).map((key) => findGap(store.db, key, names)));
  return found.filter((gap) => gap !== undefined);
}

type Db = GapDeps['store']['db'];

async function findGap(db: Db, key: EnvironmentKey, names: PresentNames): Promise<Gap | undefined> {
  const [here, place] = await Promise.all([findLive(db, key), findEnvironmentPlace(db, key)]);
  if (!here || !place) return undefined;
  const gap = { environment: environmentId(shownAs({ key, called: names(key) })), commit: here.live.commit };
  const { branch, before } = place;
  if (before === null) return { ...gap, next: { branch, commit: null } };
  const there = await findLive(db, { ...key, environment: before });
  return there && { ...gap, next: { environment: before, commit: there.live.commit } };
}
