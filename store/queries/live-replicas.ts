/** Live containers at each place, their crashes and their outages there (the `LiveLedger` port). */
import { and, asc, eq, exists, inArray, isNotNull, isNull, lt, notExists, or, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { CrashLoop, LiveNews } from '../../contracts/deployment/live-replica.ts';
import { FailureType } from '../../contracts/core/failures.ts';
import { onStoreAll } from '../failures.ts';
import type { Database } from '../open.ts';
import { deployments, deploymentStatus, environmentLive, environments, liveReplicas, releases } from '../schema.ts';
import { recordAudit } from './audit.ts';
import { ofEnvironment } from './of-key.ts';

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
  readonly streak: { readonly serves: boolean; readonly since: number; readonly looks: number } | null;
  readonly outage: { readonly since: number; readonly message: string } | null;
  readonly overAt: number | null;
}

/** An audit event in the port's form. */
interface LiveAudit {
  readonly deploymentId: string;
  readonly at: number;
  readonly action: string;
  readonly message: string;
  readonly episode?: number;
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
    audit: (about: LiveAudit) => audit(db, about),
    untold: (limit: number) => untold(db, limit),
    told: (kind: LiveNews['kind'], deploymentId: string, at: number) => told(db, kind, deploymentId, at),
    forgetGone: () => forgetGone(db),
  });
}

const LIVE_ID = sql<string>`${environmentLive.live} ->> 'deploymentId'`;

/** While these last, what is live may rightly be away for a moment. */
const CHANGING = ['preparing', 'switching', 'verifying', 'rolling_back'] as const;
const other = alias(deployments, 'other');

/** A deployment of its environment is under way. */
const isChanging = (db: Database) =>
  exists(
    db
      .select({ one: sql`1` })
      .from(other)
      .innerJoin(deploymentStatus, eq(deploymentStatus.deploymentId, other.id))
      .where(and(ofEnvironment(other, environmentLive), inArray(deploymentStatus.state, [...CHANGING]))),
  );

/** Its environment stands in landfall.yaml. */
const isListed = (db: Database) =>
  exists(
    db
      .select({ one: sql`1` })
      .from(environments)
      .where(ofEnvironment(environments, environmentLive)),
  );

const liveRows = (db: Database) =>
  db
    .select({
      ...{ live: environmentLive, release: releases.input },
      isChanging: sql<boolean>`${isChanging(db)}`,
      isListed: sql<boolean>`${isListed(db)}`,
    })
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
    isChanging: row.isChanging,
    isListed: row.isListed,
  };
}

const recordOf = (row: Row): ReplicaRecord => ({
  ...{ deploymentId: row.deploymentId, place: row.place, restarts: row.restarts, seenAt: row.seenAt.getTime() },
  window: { at: row.windowAt.getTime(), restarts: row.windowRestarts },
  restartedAt: row.restartedAt?.getTime() ?? null,
  crash: row.crashSince && { since: row.crashSince.getTime(), message: row.crashMessage ?? '' },
  streak:
    row.serves === null
      ? null
      : { serves: row.serves, since: (row.servesSince ?? row.seenAt).getTime(), looks: row.servesLooks ?? 1 },
  outage: row.outageSince && { since: row.outageSince.getTime(), message: row.outageMessage ?? '' },
  overAt: row.outageOverAt?.getTime() ?? null,
});

async function save(
  db: Database,
  { deploymentId, place, restarts, seenAt, window, restartedAt, crash, streak, outage, overAt }: ReplicaRecord,
) {
  const values = {
    ...{ restarts, seenAt: new Date(seenAt), windowAt: new Date(window.at), windowRestarts: window.restarts },
    restartedAt: restartedAt === null ? null : new Date(restartedAt),
    crashSince: crash && new Date(crash.since),
    crashMessage: crash && crash.message,
    ...{ serves: streak && streak.serves, servesSince: streak && new Date(streak.since) },
    servesLooks: streak && streak.looks,
    ...{ outageSince: outage && new Date(outage.since), outageMessage: outage && outage.message },
    outageOverAt: overAt === null ? null : new Date(overAt),
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

async function audit(db: Database, { deploymentId, at, action, message, episode }: LiveAudit): Promise<void> {
  const [known] = await db.select().from(deployments).where(eq(deployments.id, deploymentId));
  if (!known) return;
  const { commit, digest } = known;
  const id = `${action}/${deploymentId}${episode === undefined ? '' : `/${String(episode)}`}`;
  await recordAudit(db, {
    ...{ id, at, action, commit, digest },
    actor: 'system:landfall',
    subject: deploymentId,
    detail: message,
  });
}

/** At another place of the same deployment. */
const elsewhere = (condition: string) =>
  sql`exists (select 1 from ${liveReplicas} as elsewhere where elsewhere.deployment_id = ${liveReplicas.deploymentId} and elsewhere.${sql.raw(condition)})`;

const UNTOLD = {
  'crash-loop': and(
    isNotNull(liveReplicas.crashSince),
    isNull(liveReplicas.toldAt),
    sql`not ${elsewhere('told_at is not null')}`,
  ),
  outage: and(
    isNotNull(liveReplicas.outageSince),
    isNull(liveReplicas.outageToldAt),
    sql`not ${elsewhere('outage_told_at is not null')}`,
  ),
  recovery: and(
    isNotNull(liveReplicas.outageToldAt),
    isNotNull(liveReplicas.outageOverAt),
    isNull(liveReplicas.outageSince),
    sql`not ${elsewhere('outage_since is not null')}`,
  ),
} as const;

/** A trouble at several places makes one report. */
async function untold(db: Database, limit: number): Promise<readonly LiveNews[]> {
  const rows = await db
    .select()
    .from(liveReplicas)
    .where(or(...Object.values(UNTOLD)))
    // The order is left to chance, so that those that cannot be reported now do not keep out the others.
    .orderBy(sql`random()`)
    .limit(limit);
  const ids = [...new Set(rows.map(({ deploymentId }) => deploymentId))];
  if (ids.length === 0) return [];
  const live = await liveRows(db).where(inArray(deployments.id, ids));
  return live.flatMap((row) => newsOf(row, rows));
}

function newsOf(row: LiveRow, rows: readonly Row[]): readonly LiveNews[] {
  const { deploymentId, commit, digest } = row.live.live;
  const mine = rows
    .filter((one) => one.deploymentId === deploymentId)
    .toSorted((a, b) => a.place.localeCompare(b.place));
  const about = {
    ...{ key: view(row).key, deploymentId, commit, digest, origin: row.release.origin },
    ...(row.release.called && { called: row.release.called }),
    issues: settingsOf(row)?.issues === true,
  };
  const failed = (type: CrashLoop['failure']['type'], messages: readonly (string | null)[]) => ({
    ...about,
    failure: { type, message: messages.join('\n') },
  });
  const crashing = mine.filter((one) => one.crashSince !== null && one.toldAt === null);
  const out = mine.filter((one) => one.outageSince !== null && one.outageToldAt === null);
  const since = Math.min(...out.map(({ outageSince }) => outageSince?.getTime() ?? Number.POSITIVE_INFINITY));
  const isBack = mine.some((one) => one.outageSince === null && one.outageToldAt !== null && one.outageOverAt !== null);
  const { digest: _, ...recovery } = about;
  return [
    ...(crashing.length === 0
      ? []
      : [
          {
            kind: 'crash-loop',
            about: failed(FailureType.CrashLoop, crashing.map(messageOf('crashMessage'))),
          } as const,
        ]),
    ...(out.length === 0
      ? []
      : [
          {
            kind: 'outage',
            about: { ...failed(FailureType.NotServing, out.map(messageOf('outageMessage'))), since },
          } as const,
        ]),
    ...(isBack ? [{ kind: 'recovery', about: recovery } as const] : []),
  ];
}

const messageOf = (column: 'crashMessage' | 'outageMessage') => (row: Row) => row[column];

async function told(db: Database, kind: LiveNews['kind'], deploymentId: string, at: number): Promise<void> {
  const of = (condition?: ReturnType<typeof isNull>) => and(eq(liveReplicas.deploymentId, deploymentId), condition);
  const time = new Date(at);
  switch (kind) {
    case 'crash-loop':
      return void (await db
        .update(liveReplicas)
        .set({ toldAt: time })
        .where(of(isNull(liveReplicas.toldAt))));
    case 'outage':
      return void (await db
        .update(liveReplicas)
        .set({ outageToldAt: time })
        .where(of(isNull(liveReplicas.outageToldAt))));
    case 'recovery':
      return void (await db.update(liveReplicas).set({ outageToldAt: null, outageOverAt: null }).where(of()));
  }
}

async function forgetGone(db: Database): Promise<void> {
  const live = db.select().from(environmentLive).where(eq(LIVE_ID, liveReplicas.deploymentId));
  await db.delete(liveReplicas).where(notExists(live));
}

interface Trouble {
  readonly place: string;
  readonly since: string;
  readonly why: string;
}

/** The crash loops and outages of now, among all that is live: a few rows at most. */
export async function troubledNow(
  db: Database,
): Promise<ReadonlyMap<string, { readonly crashing: readonly Trouble[]; readonly notServing: readonly Trouble[] }>> {
  const rows = await db
    .select()
    .from(liveReplicas)
    .where(or(isNotNull(liveReplicas.crashSince), isNotNull(liveReplicas.outageSince)))
    .orderBy(asc(liveReplicas.place));
  const troubles = (of: readonly Row[], since: 'crashSince' | 'outageSince', why: 'crashMessage' | 'outageMessage') =>
    of.flatMap((row): Trouble[] => {
      const at = row[since];
      return at === null ? [] : [{ place: row.place, since: at.toISOString(), why: row[why] ?? '' }];
    });
  return new Map(
    [...Map.groupBy(rows, ({ deploymentId }) => deploymentId)].map(([id, of]) => [
      id,
      {
        crashing: troubles(of, 'crashSince', 'crashMessage'),
        notServing: troubles(of, 'outageSince', 'outageMessage'),
      },
    ]),
  );
}
