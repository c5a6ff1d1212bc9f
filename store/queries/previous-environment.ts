import { and, desc, eq, isNull, lt } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { Database } from '../open.ts';
import { environments } from '../schema.ts';
import { ofEnvironment, ofService } from './of-key.ts';

/** An environment's place among those of its branch. */
export interface EnvironmentPlace {
  readonly branch: string;
  /** The one before it; `null`: it is the first one, or their order is not known yet. */
  readonly before: string | null;
}

/**
 * The branch that deploys to an environment, and the environment before it of the same branch, in the order of
 * landfall.yaml as it was read last. For people to see: a promotion itself reads the file again
 * (activities/admission/promote.ts).
 *
 * @returns `undefined` when there is no such environment
 */
export async function findEnvironmentPlace(db: Database, key: EnvironmentKey): Promise<EnvironmentPlace | undefined> {
  const earlier = alias(environments, 'earlier');
  const [found] = await db
    .select({ branch: environments.branch, before: earlier.environment })
    .from(environments)
    .leftJoin(
      earlier,
      and(
        ofService(earlier, environments),
        eq(earlier.branch, environments.branch),
        lt(earlier.position, environments.position),
        isNull(earlier.removedAt),
      ),
    )
    .where(and(ofEnvironment(environments, key), isNull(environments.removedAt)))
    .orderBy(desc(earlier.position))
    .limit(1);
  return found;
}
