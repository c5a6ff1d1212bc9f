/** Live containers at each place, and their crashes there (the `LiveLedger` port). */
import { and, asc, eq, inArray, isNotNull, isNull, lt, notExists, sql } from 'drizzle-orm';
import type { CrashLoop } from '../../contracts/deployment/live-replica.ts';
import { FailureType } from '../../contracts/core/failures.ts';
import { onStoreAll } from '../failures.ts';
import type { Database } from '../open.ts';
import { deployments, environmentLive, liveReplicas, releases } from '../schema.ts';
import { recordAudit } from './audit.ts';

type Row = typeof liveReplicas.$inferSelect;

/** A replica in the port's form. */
interface ReplicaRecord {
  readonly deploymentId: string;
  readonly place: string;
  readonly restarts: number;
  readonly seenAt: number;
  readonly window: { readonly at: number; readonly restarts: number };
  readonly restartedAt: number | null;
  readonly crash: { readonly since: number; readonly message: string } | null;
}

/** Every call throws `StoreUnavailable` (retryable). */
export function createLiveLedger(db: Database) {
  return onStoreAll({
    live: async (limit: number) =>
      (
        await liveRows(db)
          .orderBy(sql`random()`)
          .limit(limit)
      ).map(view),
    liveOf: async (deploymentIds: readonly string[]) =>
      (await liveRows(db).where(inArray(deployments.id, [...deploymentIds]))).map(view),
    records: async (deploymentIds: readonly string[]) =>
      (
        await db
          .select()
          .from(liveReplicas)
          .where(inArray(liveReplicas.deploymentId, [...deploymentIds]))
      ).map(recordOf),
    save: async (records: readonly ReplicaRecord[]) => {
      for (const record of records) await save(db, record);
    },
    audit: (deploymentId: string, at: number, message: string) => audit(db, deploymentId, at, message),
    untold: (limit: number) => untold(db, limit),
    told: (deploymentId: string, at: number) => told(db, deploymentId, at),
    forgetGone: () => forgetGone(db),
  });
}

const LIVE_ID = sql<string>`${environmentLive.live} ->> 'deploymentId'`;

const liveRows = (db: Database) =>
  db
    .select({ live: environmentLive, release: releases.input })
    .from(environmentLive)
    .innerJoin(deployments, eq(deployments.id, LIVE_ID))
    .innerJoin(releases, eq(releases.id, deployments.releaseId))
    .$dynamic();

type LiveRow = Awaited<ReturnType<typeof liveRows>>[number];

/** The settings are those that it was released with. */
const settingsOf = ({ live, release }: LiveRow) => release.environments.find(({ name }) => name === live.environment);

function view(row: LiveRow) {
  const { project, service, environment, since } = row.live;
  const { deploymentId, generation } = row.live.live;
  return {
    key: { project, service, environment },
    ...{ deploymentId, generation, since: since.getTime() },
    places: settingsOf(row)?.target.places ?? [],
  };
}

const recordOf = (row: Row): ReplicaRecord => ({
  ...{ deploymentId: row.deploymentId, place: row.place, restarts: row.restarts, seenAt: row.seenAt.getTime() },
  window: { at: row.windowAt.getTime(), restarts: row.windowRestarts },
  restartedAt: row.restartedAt?.getTime() ?? null,
  crash: row.crashSince && { since: row.crashSince.getTime(), message: row.crashMessage ?? '' },
});

async function save(
  db: Database,
  { deploymentId, place, restarts, seenAt, window, restartedAt, crash }: ReplicaRecord,
) {
  const values = {
    ...{ restarts, seenAt: new Date(seenAt), windowAt: new Date(window.at), windowRestarts: window.restarts },
    restartedAt: restartedAt === null ? null : new Date(restartedAt),
    crashSince: crash && new Date(crash.since),
    crashMessage: crash && crash.message,
  };
  await db
    .insert(liveReplicas)
    .values({ deploymentId, place, ...values })
    .onConflictDoUpdate({
      target: [liveReplicas.deploymentId, liveReplicas.place],
      set: values,
      setWhere: lt(liveReplicas.seenAt, values.seenAt),
    });
}

async function audit(db: Database, deploymentId: string, at: number, message: string): Promise<void> {
  const [known] = await db.select().from(deployments).where(eq(deployments.id, deploymentId));
  if (!known) return;
  const action = 'deployment.crash_loop';
  const { commit, digest } = known;
  const id = `${action}/${deploymentId}`;
  await recordAudit(db, {
    ...{ id, at, action, commit, digest },
    actor: 'system:landfall',
    subject: deploymentId,
    detail: message,
  });
}

/** The oldest first. A crash at several places makes one report. */
async function untold(db: Database, limit: number): Promise<readonly CrashLoop[]> {
  const other = sql`select 1 from ${liveReplicas} as other where other.deployment_id = ${liveReplicas.deploymentId} and other.told_at is not null`;
  const rows = await db
    .select()
    .from(liveReplicas)
    .where(and(isNotNull(liveReplicas.crashSince), isNull(liveReplicas.toldAt), sql`not exists (${other})`))
    // The order is left to chance, so that those that cannot be reported now do not keep out the others.
    .orderBy(sql`random()`)
    .limit(limit);
  const ids = [...new Set(rows.map(({ deploymentId }) => deploymentId))];
  if (ids.length === 0) return [];
  const live = await liveRows(db).where(inArray(deployments.id, ids));
  return live.map((row): CrashLoop => {
    const { deploymentId, commit, digest } = row.live.live;
    const messages = rows
      .filter((one) => one.deploymentId === deploymentId)
      .toSorted((a, b) => a.place.localeCompare(b.place))
      .map(({ crashMessage }) => crashMessage ?? '');
    return {
      ...{ key: view(row).key, deploymentId, commit, digest, origin: row.release.origin },
      issues: settingsOf(row)?.issues === true,
      failure: { type: FailureType.CrashLoop, message: messages.join('\n') },
    };
  });
}

async function told(db: Database, deploymentId: string, at: number): Promise<void> {
  await db
    .update(liveReplicas)
    .set({ toldAt: new Date(at) })
    .where(and(eq(liveReplicas.deploymentId, deploymentId), isNull(liveReplicas.toldAt)));
}

async function forgetGone(db: Database): Promise<void> {
  const live = db.select().from(environmentLive).where(eq(LIVE_ID, liveReplicas.deploymentId));
  await db.delete(liveReplicas).where(notExists(live));
}

/** The crash loops of now, among all that is live: a few rows at most. */
export async function crashingNow(
  db: Database,
): Promise<ReadonlyMap<string, readonly { place: string; since: string; why: string }[]>> {
  const rows = await db
    .select()
    .from(liveReplicas)
    .where(isNotNull(liveReplicas.crashSince))
    .orderBy(asc(liveReplicas.place));
  const found = new Map<string, { place: string; since: string; why: string }[]>();
  for (const { deploymentId, place, crashSince, crashMessage } of rows) {
    const since = crashSince?.toISOString() ?? '';
    found.set(deploymentId, [...(found.get(deploymentId) ?? []), { place, since, why: crashMessage ?? '' }]);
  }
  return found;
}
