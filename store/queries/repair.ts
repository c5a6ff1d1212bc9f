/**
 * The memory of the repair of deliveries (its `RepairLedger` port). Every call throws `StoreUnavailable` (retryable).
 */
import { and, asc, eq, exists, gt, inArray, isNull, lt, lte, min, or, sql } from 'drizzle-orm';
import { headWorkflowId } from '../../contracts/core/ids.ts';
import type { GitHubId } from '../../contracts/core/github-id.ts';
import { onStoreAll } from '../failures.ts';
import type { Database } from '../open.ts';
import {
  branchHeads,
  decisions,
  deliveries,
  environments,
  installationStates,
  projects,
  redeliveries,
  releases,
  repairWalks,
  repositories,
} from '../schema.ts';

interface Walk {
  readonly doneTo: number;
  readonly from: number | null;
  readonly cursor: string | null;
}

interface Lost {
  readonly deliveryId: string;
  readonly gitHubId: GitHubId;
  readonly event: string;
  readonly deliveredAt: number;
}

interface Head {
  readonly repositoryId: GitHubId;
  readonly branch: string;
  readonly commit: string;
}

/** @param appId - the App whose deliveries these are */
export function createRepairLedger(db: Database, appId: number) {
  return onStoreAll({
    walk: (now: number) => readWalk(db, appId, now),
    saveWalk: (walk: Walk) => saveWalk(db, appId, walk),
    missing: (ids: readonly string[]) => findMissing(db, appId, ids),
    addLost: (lost: readonly Lost[], now: number) => addLost(db, appId, lost, now),
    settle: (keptSince: number) => settle(db, appId, keptSince),
    due: (now: number, limit: number) => findDue(db, appId, now, limit),
    asked: (deliveryId: string, attempts: number, nextAt: number | null) =>
      recordAttempt(db, { appId, deliveryId, attempts, nextAt }),
    branches: (notSince: number, limit: number) => findBranches(db, notSince, limit),
    sawHead: (head: Omit<Head, 'commit'> & { readonly commit: string | null; readonly now: number }) =>
      sawHead(db, head),
    isDecided: (head: Head) => isDecided(db, head),
  });
}

/** The first walk goes back to the oldest delivery that was ever taken: what was before Landfall is not its concern. */
async function readWalk(db: Database, appId: number, now: number): Promise<Walk> {
  const [oldest] = await db
    .select({ at: min(deliveries.receivedAt) })
    .from(deliveries)
    .where(eq(deliveries.appId, appId));
  await db
    .insert(repairWalks)
    .values({ appId, doneTo: oldest?.at ?? new Date(now) })
    .onConflictDoNothing();
  const [walk] = await db.select().from(repairWalks).where(eq(repairWalks.appId, appId));
  return {
    doneTo: walk?.doneTo.getTime() ?? now,
    from: walk?.from?.getTime() ?? null,
    cursor: walk?.cursor ?? null,
  };
}

async function saveWalk(db: Database, appId: number, { doneTo, from, cursor }: Walk): Promise<void> {
  await db
    .update(repairWalks)
    .set({ doneTo: new Date(doneTo), from: from === null ? null : new Date(from), cursor })
    .where(eq(repairWalks.appId, appId));
}

async function findMissing(db: Database, appId: number, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db
    .select({ deliveryId: deliveries.deliveryId })
    .from(deliveries)
    .where(and(eq(deliveries.appId, appId), inArray(deliveries.deliveryId, [...ids])));
  const known = new Set(rows.map(({ deliveryId }) => deliveryId));
  return new Set(ids.filter((id) => !known.has(id)));
}

async function addLost(db: Database, appId: number, lost: readonly Lost[], now: number): Promise<void> {
  if (lost.length === 0) return;
  await db
    .insert(redeliveries)
    .values(
      lost.map(({ deliveredAt, ...one }) => ({
        ...{ appId, ...one, state: 'lost' as const },
        deliveredAt: new Date(deliveredAt),
        nextAttemptAt: new Date(now),
      })),
    )
    .onConflictDoUpdate({
      target: [redeliveries.appId, redeliveries.deliveryId],
      // Its newest attempt is the one that GitHub keeps longest.
      set: { gitHubId: sql`greatest(${redeliveries.gitHubId}, excluded.git_hub_id)` },
    });
}

async function settle(db: Database, appId: number, keptSince: number): Promise<void> {
  const taken = db
    .select({ one: sql`1` })
    .from(deliveries)
    .where(and(eq(deliveries.appId, redeliveries.appId), eq(deliveries.deliveryId, redeliveries.deliveryId)));
  await db
    .update(redeliveries)
    .set({ state: 'arrived', nextAttemptAt: null })
    .where(and(eq(redeliveries.appId, appId), eq(redeliveries.state, 'lost'), exists(taken)));
  await db
    .delete(redeliveries)
    .where(and(eq(redeliveries.appId, appId), lt(redeliveries.deliveredAt, new Date(keptSince))));
}

async function findDue(db: Database, appId: number, now: number, limit: number) {
  const rows = await db
    .select()
    .from(redeliveries)
    .where(
      and(
        eq(redeliveries.appId, appId),
        eq(redeliveries.state, 'lost'),
        lte(redeliveries.nextAttemptAt, new Date(now)),
      ),
    )
    .orderBy(asc(redeliveries.deliveredAt), asc(redeliveries.gitHubId))
    .limit(limit);
  return rows.map(({ deliveryId, gitHubId, event, deliveredAt, attempts }) => ({
    ...{ deliveryId, gitHubId, event, attempts },
    deliveredAt: deliveredAt.getTime(),
  }));
}

async function recordAttempt(
  db: Database,
  {
    appId,
    deliveryId,
    attempts,
    nextAt,
  }: { appId: number; deliveryId: string; attempts: number; nextAt: number | null },
): Promise<void> {
  await db
    .update(redeliveries)
    .set({
      attempts,
      nextAttemptAt: nextAt === null ? null : new Date(nextAt),
      ...(nextAt === null && { state: 'given_up' as const }),
    })
    .where(and(eq(redeliveries.appId, appId), eq(redeliveries.deliveryId, deliveryId), eq(redeliveries.state, 'lost')));
}

/** The branches from which environments deploy by themselves, of installations that may be read. */
async function findBranches(db: Database, notSince: number, limit: number) {
  const rows = await db
    .selectDistinct({ repository: repositories, branch: environments.branch, lookedAt: branchHeads.lookedAt })
    .from(environments)
    .innerJoin(projects, eq(projects.name, environments.project))
    .innerJoin(repositories, eq(repositories.id, projects.repositoryId))
    .leftJoin(installationStates, eq(installationStates.installationId, repositories.installationId))
    .leftJoin(
      branchHeads,
      and(eq(branchHeads.repositoryId, repositories.id), eq(branchHeads.branch, environments.branch)),
    )
    .where(
      and(
        eq(environments.autoDeploy, true),
        isNull(environments.removedAt),
        or(isNull(installationStates.state), eq(installationStates.state, 'active')),
        or(isNull(branchHeads.lookedAt), lt(branchHeads.lookedAt, new Date(notSince))),
      ),
    )
    .orderBy(sql`${branchHeads.lookedAt} asc nulls first`, asc(repositories.id), asc(environments.branch))
    .limit(limit);
  return rows.map(({ repository: { id, fullName, installationId, cloneUrl }, branch }) => ({
    origin: { kind: 'github', repositoryId: id, repository: fullName, installationId, cloneUrl } as const,
    branch,
  }));
}

async function sawHead(
  db: Database,
  {
    repositoryId,
    branch,
    commit,
    now,
  }: Omit<Head, 'commit'> & { readonly commit: string | null; readonly now: number },
): Promise<boolean> {
  const at = new Date(now);
  const same = sql`${branchHeads.commit} is not distinct from excluded.commit`;
  const [seen] = await db
    .insert(branchHeads)
    .values({ repositoryId, branch, commit, since: at, lookedAt: at })
    .onConflictDoUpdate({
      target: [branchHeads.repositoryId, branchHeads.branch],
      set: {
        commit: sql`excluded.commit`,
        since: sql`case when ${same} then ${branchHeads.since} else excluded.since end`,
        lookedAt: sql`excluded.looked_at`,
      },
    })
    .returning({ since: branchHeads.since });
  return seen !== undefined && seen.since.getTime() < now;
}

/** A head that could not be looked at is looked at again after so long: what kept it from that may be mended by then. */
const REFUSED_FOR_MS = 10 * 60_000;

async function isDecided(db: Database, { repositoryId, branch, commit }: Head): Promise<boolean> {
  const [decided] = await db
    .select({ key: decisions.requestKey })
    .from(decisions)
    .where(
      and(
        eq(decisions.repositoryId, repositoryId),
        eq(decisions.commit, commit),
        // A decision about a refused commit names no branch.
        or(eq(decisions.ref, branch), isNull(decisions.ref)),
        eq(decisions.cause, 'push'),
      ),
    )
    .limit(1);
  if (decided) return true;
  const [refused] = await db
    .select({ key: decisions.requestKey })
    .from(decisions)
    .where(
      and(
        eq(decisions.requestKey, headWorkflowId({ repositoryId, branch, commit })),
        eq(decisions.reason, 'refused'),
        gt(decisions.at, new Date(Date.now() - REFUSED_FOR_MS)),
      ),
    )
    .limit(1);
  if (refused) return true;
  const [released] = await db
    .select({ id: releases.id })
    .from(releases)
    .innerJoin(projects, eq(projects.name, releases.project))
    .where(and(eq(projects.repositoryId, repositoryId), eq(releases.ref, branch), eq(releases.commit, commit)))
    .limit(1);
  return released !== undefined;
}
