/**
 * Removes rows that are older than they have to be kept. Deployments, releases, builds and images stay for ever: they
 * are few, and they are the history. Rows *about* them go with time, unless they are still needed: see `keptBy`.
 */
import { and, asc, eq, inArray, isNull, lt, lte, ne, notExists, notInArray, or, sql } from 'drizzle-orm';
import { union } from 'drizzle-orm/pg-core';
import { deliveryWorkflowId } from '../../contracts/core/ids.ts';
import type { ForgetBefore, Forgotten } from '../../contracts/config/retention.ts';
import { DEPLOYMENT_STATES, isDeploymentOutcome } from '../../contracts/deployment/states.ts';
import { ofService } from './of-key.ts';
import type { Database } from '../open.ts';
import {
  auditEvents,
  branchHeads,
  builds,
  decisions,
  deliveries,
  deployments,
  deploymentStatus,
  environmentLive,
  images,
  releases,
} from '../schema.ts';
import { MAX_ROLLBACK_TARGETS } from './rollback-targets.ts';

/** Rows of one statement: its locks last for milliseconds. */
const BATCH = 500;
/** Statements of one call for each table: together a few seconds. */
const MAX_BATCHES = 20;

/** A bounded part of it, the oldest first; it may be stopped between any two statements, and run twice. */
export async function removeOld(
  db: Database,
  { audit, deliveries: delivered }: ForgetBefore,
  signal: AbortSignal,
): Promise<Forgotten> {
  const counts = {
    auditEvents: await inBatches(audit, signal, (before) => forgetAudit(db, before)),
    decisions: await inBatches(audit, signal, (before) => forgetDecisions(db, before)),
    deliveries: await inBatches(delivered, signal, (before) => forgetDeliveries(db, before)),
  };
  return { ...counts, more: Object.values(counts).some((count) => count === BATCH * MAX_BATCHES) };
}

async function inBatches(
  before: number | null,
  signal: AbortSignal,
  forget: (before: Date) => Promise<number>,
): Promise<number> {
  if (before === null) return 0;
  let all = 0;
  for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
    signal.throwIfAborted();
    const count = await forget(new Date(before));
    all += count;
    if (count < BATCH) break;
  }
  return all;
}

/**
 * Deployments of which everything stays, however old: those that have not ended, are live, were live before that, or can
 * be rolled back to; and their releases, with those that run.
 */
function keptBy(db: Database) {
  const { project, service, environment } = deployments;
  const { state, updatedAt } = deploymentStatus;
  const ranked = db
    .select({
      ...{ id: deployments.id, releaseId: deployments.releaseId, project, service, digest: deployments.digest, state },
      place:
        sql<number>`row_number() over (partition by ${project}, ${service}, ${environment}, ${state} = 'live' order by ${updatedAt} desc, ${deployments.id} desc)`.as(
          'place',
        ),
    })
    .from(deployments)
    .leftJoin(deploymentStatus, eq(deploymentStatus.deploymentId, deployments.id))
    .as('ranked');
  const liveIn = (column: typeof environmentLive.live | typeof environmentLive.previous) =>
    db.select({ id: sql<string>`${column} ->> 'deploymentId'` }).from(environmentLive);
  const kept = db.$with('kept').as(
    db
      .select({
        id: ranked.id,
        releaseId: ranked.releaseId,
        project: ranked.project,
        service: ranked.service,
        digest: ranked.digest,
      })
      .from(ranked)
      .where(
        or(
          isNull(ranked.state),
          notInArray(ranked.state, DEPLOYMENT_STATES.filter(isDeploymentOutcome)),
          // The one that is live now, and as many as are offered.
          and(eq(ranked.state, 'live'), lte(ranked.place, 1 + MAX_ROLLBACK_TARGETS)),
          inArray(ranked.id, liveIn(environmentLive.live)),
          inArray(ranked.id, liveIn(environmentLive.previous)),
        ),
      ),
  );
  const keptReleases = db.$with('kept_releases').as(
    union(
      db.select({ id: kept.releaseId }).from(kept),
      db
        .select({ id: releases.id })
        .from(releases)
        .where(inArray(releases.state, ['building', 'deploying'])),
    ),
  );
  return { kept, keptReleases };
}

async function forgetAudit(db: Database, before: Date): Promise<number> {
  const { kept, keptReleases } = keptBy(db);
  const subjects = union(
    db.select({ id: kept.id }).from(kept),
    db.select({ id: keptReleases.id }).from(keptReleases),
    db.select({ id: builds.id }).from(builds).innerJoin(keptReleases, eq(keptReleases.id, builds.releaseId)),
    // An image may be older than the release that brings it.
    db
      .select({ id: images.buildId })
      .from(images)
      .innerJoin(kept, and(eq(kept.digest, images.digest), ofService(kept, images))),
  );
  const due = db
    .with(kept, keptReleases)
    .select({ id: auditEvents.id })
    .from(auditEvents)
    .where(and(lt(auditEvents.at, before), notInArray(auditEvents.subject, subjects)))
    .orderBy(asc(auditEvents.at))
    .limit(BATCH);
  const gone = await db.delete(auditEvents).where(inArray(auditEvents.id, due)).returning({ id: auditEvents.id });
  return gone.length;
}

async function forgetDecisions(db: Database, before: Date): Promise<number> {
  const { kept, keptReleases } = keptBy(db);
  const { requestKey, project, service, environment } = decisions;
  // A branch may rest for years. Without the decision its head would be taken for one that no event announced.
  const isHead = db
    .select({ one: sql`1` })
    .from(branchHeads)
    .where(and(eq(branchHeads.repositoryId, decisions.repositoryId), eq(branchHeads.commit, decisions.commit)));
  const due = db
    .with(kept, keptReleases)
    .select({ requestKey, project, service, environment })
    .from(decisions)
    .where(
      and(
        lt(decisions.at, before),
        or(
          isNull(decisions.releaseId),
          notInArray(decisions.releaseId, db.select({ id: keptReleases.id }).from(keptReleases)),
        ),
        notExists(isHead),
      ),
    )
    .orderBy(asc(decisions.at))
    .limit(BATCH);
  const gone = await db
    .delete(decisions)
    .where(sql`(${requestKey}, ${project}, ${service}, ${environment}) in ${due}`)
    .returning({ requestKey });
  return gone.length;
}

async function forgetDeliveries(db: Database, before: Date): Promise<number> {
  const { kept, keptReleases } = keptBy(db);
  const { appId, deliveryId } = deliveries;
  const requests = db
    .select({ key: releases.requestKey })
    .from(releases)
    .innerJoin(keptReleases, eq(keptReleases.id, releases.id));
  const due = db
    .with(kept, keptReleases)
    .select({ appId, deliveryId })
    .from(deliveries)
    .where(
      and(
        lt(deliveries.receivedAt, before),
        // A delivery that has not been handed over is not done.
        ne(deliveries.state, 'received'),
        notInArray(sql<string>`${deliveryWorkflowId('')}::text || ${deliveryId}`, requests),
      ),
    )
    .orderBy(asc(deliveries.receivedAt))
    .limit(BATCH);
  const gone = await db
    .delete(deliveries)
    .where(sql`(${appId}, ${deliveryId}) in ${due}`)
    .returning({ deliveryId });
  return gone.length;
}
