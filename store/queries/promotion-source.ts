import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { Database } from '../open.ts';
import { findEnvironmentPlace } from './previous-environment.ts';
import { findLive } from './live-deployment.ts';

/** The version that a promotion would take to an environment. */
export interface PromotionSource {
  /** The one before it. */
  readonly environment: string;
  readonly commit: string;
}

/**
 * Finds the version that is live in the environment before this one.
 *
 * @returns `undefined` when there is none, nothing is live there, or the same image is live here already
 */
export async function findPromotionSource(db: Database, key: EnvironmentKey): Promise<PromotionSource | undefined> {
  const before = (await findEnvironmentPlace(db, key))?.before;
  if (before === undefined || before === null) return undefined;
  const there = await findLive(db, { ...key, environment: before });
  if (!there) return undefined;
  const here = await findLive(db, key);
  const { commit, digest } = there.live;
  return here?.live.digest === digest ? undefined : { environment: before, commit };
}
