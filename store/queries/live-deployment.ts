import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { Database } from '../open.ts';
import { environmentLive } from '../schema.ts';
import { ofEnvironment } from './of-key.ts';

/** The deployment that runs in an environment and the one before; `undefined` when nothing was ever live there. */
export async function findLive(db: Database, key: EnvironmentKey) {
  const [row] = await db
    .select({ live: environmentLive.live, previous: environmentLive.previous })
    .from(environmentLive)
    .where(ofEnvironment(environmentLive, key));
  return row;
}
