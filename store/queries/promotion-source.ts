import { and, desc, eq, lt } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { EnvironmentKey } from '../../contracts/keys.ts';
import type { Database } from '../open.ts';
import { environments } from '../schema.ts';
import { findLive } from './live.ts';

/** What a promotion would take to an environment. */
export interface PromotionSource {
  /** The one before it. */
  readonly environment: string;
  readonly commit: string;
}

/**
 * What is live in the environment before this one, of the same branch, in the order of landfall.yaml as it was read last.
 * For people to see: the promotion itself reads the file again (activities/delivery/promote.ts).
 *
 * @returns `undefined` when there is none, nothing is live there, or the same image is live here already
 */
export async function findPromotionSource(db: Database, key: EnvironmentKey): Promise<PromotionSource | undefined> {
  const { project, service, environment } = key;
  const wanted = alias(environments, 'wanted');
  const [before] = await db
    .select({ environment: environments.environment })
    .from(environments)
    .innerJoin(
      wanted,
      and(
        eq(wanted.project, environments.project),
        eq(wanted.service, environments.service),
        eq(wanted.branch, environments.branch),
        lt(environments.position, wanted.position),
      ),
    )
    .where(and(eq(wanted.project, project), eq(wanted.service, service), eq(wanted.environment, environment)))
    .orderBy(desc(environments.position))
    .limit(1);
  if (!before) return undefined;
  const there = await findLive(db, { ...key, environment: before.environment });
  if (!there) return undefined;
  const here = await findLive(db, key);
  const { commit, digest } = there.live;
  return here?.live.digest === digest ? undefined : { environment: before.environment, commit };
}
