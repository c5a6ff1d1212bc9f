/** The ends of environments that were destroyed: what was there by then counts no more. */
import { and, gte, notExists, sql } from 'drizzle-orm';
import type { EnvironmentKey, ServiceKey } from '../../contracts/core/keys.ts';
import type { DestroyedEnvironment } from '../../contracts/deployment/environment.ts';
import type { Database } from '../open.ts';
import { deployments, deploymentStatus, environmentEnds, services } from '../schema.ts';
import { ofEnvironment, ofService } from './of-key.ts';

/** The end of the environment of this name before; `undefined`: none was destroyed. */
export async function findEnd(db: Database, key: EnvironmentKey): Promise<DestroyedEnvironment | undefined> {
  const [row] = await db.select().from(environmentEnds).where(ofEnvironment(environmentEnds, key));
  if (!row) return undefined;
  const { byKind: kind, byName: name, at, through, generation } = row;
  return { by: { kind, name }, at: at.getTime(), through, generation };
}

/** True of a deployment that was begun in an environment which has not been destroyed since. For queries on `deployments` and `deploymentStatus`. */
export const isSinceEnd = (db: Database) =>
  notExists(
    db
      .select({ one: sql`1` })
      .from(environmentEnds)
      .where(
        and(ofEnvironment(environmentEnds, deployments), gte(environmentEnds.generation, deploymentStatus.generation)),
      ),
  );

/** True of a deployment whose release came after the last end of its environment. For queries on `deployments`. */
export const isAfterEnd = (db: Database) =>
  notExists(
    db
      .select({ one: sql`1` })
      .from(environmentEnds)
      .where(and(ofEnvironment(environmentEnds, deployments), gte(environmentEnds.through, deployments.sequence))),
  );

/** The newest release number of a service; 0: it has none. */
export async function newestRelease(db: Database, key: ServiceKey): Promise<number> {
  const [row] = await db.select({ last: services.lastSequence }).from(services).where(ofService(services, key));
  return row?.last ?? 0;
}
