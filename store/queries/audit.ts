/** The audit trail (requirements, A8): written along with what it tells of, never changed. */
import { and, eq, inArray, sql } from 'drizzle-orm';
import type { AuditRecord } from '../../contracts/admission/store-records.ts';
import {
  BUILD_STATES,
  DEPLOYMENT_STATES,
  isDeploymentOutcome,
  isFinalBuild,
} from '../../contracts/deployment/states.ts';
import type { Database } from '../open.ts';
import { auditEvents, builds, buildStatus, deployments, deploymentStatus, releases } from '../schema.ts';

/** Adds one event. A second report with the same id is the same event, and changes nothing. */
export async function recordAudit(db: Database, { at, ...event }: AuditRecord): Promise<void> {
  await db
    .insert(auditEvents)
    .values({ ...event, at: new Date(at) })
    .onConflictDoNothing();
}

/**
 * Adds the event of a build that has ended, once both halves of its record are there. Called after either is written:
 * whichever comes last finds both. A crash in between is mended by the report's own repetition.
 */
export async function auditBuild(db: Database, buildId: string): Promise<void> {
  const action = sql<string>`'build.' || ${buildStatus.state}`;
  await db
    .insert(auditEvents)
    .select(
      db
        .select({
          id: sql<string>`${action} || '/' || ${builds.id}`.as('id'),
          at: buildStatus.updatedAt,
          actor: sql<string>`coalesce(${releases.actorKind} || ':' || ${releases.actorName}, 'system:landfall')`.as(
            'actor',
          ),
          action: action.as('action'),
          subject: builds.id,
          commit: builds.commit,
          digest: buildStatus.digest,
          detail: failureMessage(buildStatus.failure).as('detail'),
        })
        .from(builds)
        .innerJoin(buildStatus, eq(buildStatus.buildId, builds.id))
        .leftJoin(releases, eq(releases.id, builds.releaseId))
        .where(and(eq(builds.id, buildId), inArray(buildStatus.state, BUILD_STATES.filter(isFinalBuild)))),
    )
    .onConflictDoNothing();
}

/** Like {@link auditBuild}, for a deployment that has come to its outcome. */
export async function auditDeployment(db: Database, deploymentId: string): Promise<void> {
  const action = sql<string>`'deployment.' || ${deploymentStatus.state}`;
  await db
    .insert(auditEvents)
    .select(
      db
        .select({
          id: sql<string>`${action} || '/' || ${deployments.id}`.as('id'),
          at: deploymentStatus.updatedAt,
          actor: sql<string>`${deployments.actorKind} || ':' || ${deployments.actorName}`.as('actor'),
          action: action.as('action'),
          subject: deployments.id,
          commit: deployments.commit,
          digest: deployments.digest,
          detail: failureMessage(deploymentStatus.failure).as('detail'),
        })
        .from(deployments)
        .innerJoin(deploymentStatus, eq(deploymentStatus.deploymentId, deployments.id))
        .where(
          and(
            eq(deployments.id, deploymentId),
            inArray(deploymentStatus.state, DEPLOYMENT_STATES.filter(isDeploymentOutcome)),
          ),
        ),
    )
    .onConflictDoNothing();
}

/** Adds the cause of a release, or its end. */
export async function auditRelease(db: Database, releaseId: string, what: 'requested' | 'ended'): Promise<void> {
  const action = what === 'requested' ? sql<string>`'release.requested'` : sql<string>`'release.' || ${releases.state}`;
  const ended = inArray(releases.state, ['completed', 'failed', 'cancelled']);
  await db
    .insert(auditEvents)
    .select(
      db
        .select({
          id: sql<string>`${action} || '/' || ${releases.id}`.as('id'),
          at: sql<Date>`${what === 'requested' ? releases.createdAt : releases.endedAt}`.as('at'),
          actor: sql<string>`${releases.actorKind} || ':' || ${releases.actorName}`.as('actor'),
          action: action.as('action'),
          subject: releases.id,
          commit: releases.commit,
          digest: sql<string | null>`null`.as('digest'),
          detail: (what === 'requested' ? sql<string>`${releases.ref}` : failureMessage(releases.failure)).as('detail'),
        })
        .from(releases)
        .where(what === 'requested' ? eq(releases.id, releaseId) : and(eq(releases.id, releaseId), ended)),
    )
    .onConflictDoNothing();
}

const failureMessage = (
  column: typeof buildStatus.failure | typeof deploymentStatus.failure | typeof releases.failure,
) => sql<string | null>`${column} ->> 'message'`;
