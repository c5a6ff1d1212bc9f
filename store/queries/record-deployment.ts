import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import type { WaitingRequest, LiveDeployment } from '../../contracts/deployment/deployment.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { DeploymentStateRecord, StepRecord } from '../../contracts/admission/store-records.ts';
import { DEPLOYMENT_STATES, isDeploymentOutcome } from '../../contracts/deployment/states.ts';
import type { Database } from '../open.ts';
import { deployments, deploymentStatus, deploymentSteps, environmentLive, releases } from '../schema.ts';
import { auditDeployment } from './audit.ts';
import { findEnd } from './environment-ends.ts';
import { earliest, mayBecome, latest, mergeFacts } from './merge.ts';

/** The deployment exists from here on, `queued` unless a state was reported before; its release is `deploying`. */
export async function recordDeployment(
  db: Database,
  { request, at }: { readonly request: WaitingRequest; readonly at: number },
): Promise<void> {
  const { deploymentId: id, releaseId, key, sequence, byName, ref, commit, subject, actor, image, digest } = request;
  await db
    .insert(deployments)
    .values({
      id,
      releaseId,
      ...key,
      sequence,
      byName,
      ref,
      commit,
      subject,
      actorKind: actor.kind,
      actorName: actor.name,
      image,
      digest,
      createdAt: new Date(at),
    })
    .onConflictDoNothing();
  await db
    .update(releases)
    .set({ state: 'deploying' })
    .where(and(eq(releases.id, releaseId), eq(releases.state, 'building')));
  await auditDeployment(db, id);
}

/** One state of a deployment, with what is known by then. The first outcome stays, with an audit event. */
export async function recordDeploymentState(
  db: Database,
  { deploymentId, state, at, ...facts }: DeploymentStateRecord,
): Promise<void> {
  const moment = new Date(at);
  const accepted = mayBecome(DEPLOYMENT_STATES, deploymentStatus.state, state);
  const merged = mergeFacts({ columns: getTableColumns(deploymentStatus), accepted }, { state, ...facts });
  await db
    .insert(deploymentStatus)
    .values({ deploymentId, state, updatedAt: moment, ...facts })
    .onConflictDoUpdate({
      target: deploymentStatus.deploymentId,
      set: { ...merged, updatedAt: latest(deploymentStatus.updatedAt, moment) },
    });
  if (isDeploymentOutcome(state)) await auditDeployment(db, deploymentId);
}

/** Reports about one step at one place: the one with the latest time counts. */
export async function recordStep(
  db: Database,
  { deploymentId, step, place, state, at, detail }: StepRecord,
): Promise<void> {
  const moment = new Date(at);
  const endedAt = state === 'running' ? null : moment;
  const columns = getTableColumns(deploymentSteps);
  // A step may start and end within one millisecond: then its end counts.
  const newer = sql`(${columns.updatedAt} < ${sql.param(moment, columns.updatedAt)} or (${columns.updatedAt} = ${sql.param(moment, columns.updatedAt)} and ${columns.state} = 'running'))`;
  const ifNewer = (column: (typeof columns)['state' | 'endedAt' | 'detail'], value: string | Date | null) =>
    sql`case when ${newer} then ${sql.param(value, column)} else ${column} end`;
  await db
    .insert(deploymentSteps)
    .values({ deploymentId, step, place, state, startedAt: moment, endedAt, detail: detail ?? null, updatedAt: moment })
    .onConflictDoUpdate({
      target: [columns.deploymentId, columns.step, columns.place],
      set: {
        state: ifNewer(columns.state, state),
        endedAt: ifNewer(columns.endedAt, endedAt),
        detail: ifNewer(columns.detail, detail ?? null),
        startedAt: earliest(columns.startedAt, moment),
        updatedAt: latest(columns.updatedAt, moment),
      },
    });
}

/**
 * Records the version that runs in an environment and the one before (requirements, A9). The higher generation counts;
 * within one generation the latest report, not the last to arrive.
 */
export async function recordLive(
  db: Database,
  {
    key,
    at,
    live,
    previous,
  }: {
    readonly key: EnvironmentKey;
    readonly at: number;
    readonly live: LiveDeployment;
    readonly previous: LiveDeployment | null;
  },
): Promise<void> {
  const since = new Date(at);
  const end = await findEnd(db, key);
  // A late report of what was there before it was destroyed.
  if (end && live.generation <= end.generation) return;
  await db
    .insert(environmentLive)
    .values({ ...key, live, previous, since })
    .onConflictDoUpdate({
      target: [environmentLive.project, environmentLive.service, environmentLive.environment],
      set: { live, previous, since },
      setWhere: sql`((${environmentLive.live} ->> 'generation')::bigint, ${environmentLive.since}) < (${live.generation}, ${sql.param(since, environmentLive.since)})`,
    });
}
