import { and, desc, eq, ne } from 'drizzle-orm';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { RollbackTarget } from '../../contracts/http/people.ts';
import type { Database } from '../open.ts';
import { deployments, deploymentStatus } from '../schema.ts';
import { isSinceEnd } from './environment-ends.ts';
import { ofEnvironment } from './of-key.ts';
import { findLive } from './live-deployment.ts';
import { findLastLive } from './recent-live.ts';

/** The most that people look through. */
export const MAX_ROLLBACK_TARGETS = 20;

/** The registry may have lost the image: that is not known here. */
export interface PastTarget extends Omit<RollbackTarget, 'available'> {
  /** `registry/name@sha256:…` */
  readonly image: string;
}

/** The last deployments that were live there, newest first, without what is live now. */
export async function listRollbackTargets(db: Database, key: EnvironmentKey): Promise<PastTarget[]> {
  // A deployment says that it is live a moment before its environment does.
  const [told, last] = await Promise.all([findLive(db, key), findLastLive(db, key)]);
  const newest = told && last && last.live.generation > told.live.generation ? last : told;
  const rows = await db
    .select({ it: deployments, at: deploymentStatus.updatedAt })
    .from(deployments)
    .innerJoin(deploymentStatus, eq(deploymentStatus.deploymentId, deployments.id))
    .where(
      and(
        ofEnvironment(deployments, key),
        eq(deploymentStatus.state, 'live'),
        isSinceEnd(db),
        newest && ne(deployments.id, newest.live.deploymentId),
      ),
    )
    .orderBy(desc(deploymentStatus.updatedAt), desc(deployments.id))
    .limit(MAX_ROLLBACK_TARGETS);
  return rows.map(({ it: { id, commit, subject, image, digest, actorName }, at }) => ({
    ...{ deploymentId: id, commit, subject, image, digest, actor: actorName },
    at: at.toISOString(),
  }));
}
