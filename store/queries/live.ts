import { and, eq } from 'drizzle-orm';
import type { EnvironmentKey } from '../../contracts/keys.ts';
import type { Database } from '../open.ts';
import { environmentLive } from '../schema.ts';

/** What runs in an environment and what ran before; `undefined` when nothing was ever live there. */
export async function findLive(db: Database, { project, service, environment }: EnvironmentKey) {
  const [row] = await db
    .select({ live: environmentLive.live, previous: environmentLive.previous })
    .from(environmentLive)
    .where(
      and(
        eq(environmentLive.project, project),
        eq(environmentLive.service, service),
        eq(environmentLive.environment, environment),
      ),
    );
  return row;
}
