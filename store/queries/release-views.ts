/** Releases, builds and deployments as people and programs read them. Nothing that runs decides by these. */
import { and, asc, desc, eq, inArray, sql, type SQL } from 'drizzle-orm';
import type { BuildView, DeploymentView, ReleaseView } from '../../contracts/http/api.ts';
import type { ReleaseInput } from '../../contracts/deployment/release.ts';
import { isDeploymentOutcome, isFinalBuild, type DeploymentState } from '../../contracts/deployment/states.ts';
import type { Database } from '../open.ts';
import {
  builds,
  buildStates,
  buildStatus,
  deployments,
  deploymentStatus,
  deploymentSteps,
  releases,
} from '../schema.ts';
import { artefactsOf } from './artefacts.ts';
import { calledNow, presentNames } from './names.ts';

/** Newest first; every field that is given narrows it. */
export interface ListFilter {
  readonly project?: string | undefined;
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly limit: number;
}

export interface DeploymentFilter extends ListFilter {
  readonly state?: DeploymentState | undefined;
}

export async function listDeployments(db: Database, filter: DeploymentFilter): Promise<DeploymentView[]> {
  return deploymentsWhere(
    db,
    and(
      filter.project === undefined ? undefined : eq(deployments.project, filter.project),
      filter.service === undefined ? undefined : eq(deployments.service, filter.service),
      filter.environment === undefined ? undefined : eq(deployments.environment, filter.environment),
      filter.state === undefined ? undefined : sql`coalesce(${deploymentStatus.state}, 'queued') = ${filter.state}`,
    ),
    filter.limit,
  );
}

export async function findDeployment(db: Database, id: string): Promise<DeploymentView | undefined> {
  const [found] = await deploymentsWhere(db, eq(deployments.id, id), 1);
  return found;
}

async function deploymentsWhere(db: Database, where: SQL | undefined, limit?: number): Promise<DeploymentView[]> {
  const query = db
    .select({ it: deployments, status: deploymentStatus })
    .from(deployments)
    .leftJoin(deploymentStatus, eq(deploymentStatus.deploymentId, deployments.id))
    .where(where)
    .orderBy(desc(deployments.createdAt), desc(deployments.id));
  const rows = await (limit === undefined ? query : query.limit(limit));
  const ids = rows.map(({ it }) => it.id);
  const steps = await db
    .select()
    .from(deploymentSteps)
    .where(inArray(deploymentSteps.deploymentId, ids))
    .orderBy(asc(deploymentSteps.startedAt), asc(deploymentSteps.place));
  const [artefacts, names] = await Promise.all([artefactsOf(db, ids), presentNames(db)]);

  return rows.map(({ it, status }) => ({
    id: it.id,
    releaseId: it.releaseId,
    project: it.project,
    service: it.service,
    ...calledNow(names, it),
    environment: it.environment,
    ref: it.ref,
    commit: it.commit,
    subject: it.subject,
    actor: it.actorName,
    state: status?.state ?? 'queued',
    generation: status?.generation ?? null,
    image: it.image,
    digest: it.digest,
    builder: artefacts.get(it.id)?.builder ?? null,
    changes: hasBegunOrWill(status) ? (artefacts.get(it.id)?.changes ?? null) : null,
    urls: [...(status?.urls ?? [])],
    healthAttempts: status?.healthAttempts ?? 0,
    failure: status?.failure ?? null,
    leftovers: [...(status?.leftovers ?? [])],
    createdAt: it.createdAt.toISOString(),
    updatedAt: (status?.updatedAt ?? it.createdAt).toISOString(),
    steps: steps
      .filter(({ deploymentId }) => deploymentId === it.id)
      .map(({ step, place, state, startedAt, endedAt, detail }) => ({
        step,
        place,
        state,
        startedAt: startedAt.toISOString(),
        endedAt: endedAt?.toISOString() ?? null,
        detail,
      })),
  }));
}

/** Without a generation it was never admitted. One that has ended so has changed nothing. */
const hasBegunOrWill = (status: typeof deploymentStatus.$inferSelect | null): boolean =>
  status === null || status.generation !== null || !isDeploymentOutcome(status.state);

export async function findBuild(db: Database, id: string): Promise<BuildView | undefined> {
  const [found] = await buildsWhere(db, eq(builds.id, id));
  return found?.view;
}

async function buildsWhere(db: Database, where: SQL): Promise<{ releaseId: string; view: BuildView }[]> {
  const rows = await db
    .select({ it: builds, status: buildStatus })
    .from(builds)
    .leftJoin(buildStatus, eq(buildStatus.buildId, builds.id))
    .where(where)
    .orderBy(desc(builds.createdAt), desc(builds.id));
  const ids = rows.map(({ it }) => it.id);
  const entered = await db
    .select()
    .from(buildStates)
    .where(inArray(buildStates.buildId, ids))
    .orderBy(asc(buildStates.at));
  const names = await presentNames(db);
  return rows.map(({ it, status }) => ({
    releaseId: it.releaseId,
    view: {
      id: it.id,
      project: it.project,
      service: it.service,
      ...calledNow(names, it),
      commit: it.commit,
      state: status?.state ?? 'pending',
      host: status?.host ?? null,
      builder: status?.builder ?? null,
      image: status?.image ?? null,
      digest: status?.digest ?? null,
      bases: [...(status?.bases ?? [])],
      tags: [...(status?.tags ?? [])],
      failure: status?.failure ?? null,
      times: Object.fromEntries(
        entered.filter(({ buildId }) => buildId === it.id).map(({ state, at }) => [state, at.toISOString()]),
      ),
    },
  }));
}

export async function listReleases(db: Database, filter: ListFilter): Promise<ReleaseView[]> {
  return releasesWhere(
    db,
    and(
      filter.project === undefined ? undefined : eq(releases.project, filter.project),
      filter.service === undefined ? undefined : eq(releases.service, filter.service),
    ),
    filter.limit,
  );
}

export async function findRelease(db: Database, id: string): Promise<ReleaseView | undefined> {
  const [found] = await releasesWhere(db, eq(releases.id, id), 1);
  return found;
}

/** The input that the release was begun with. */
export async function findReleaseInput(db: Database, id: string): Promise<ReleaseInput | undefined> {
  const [found] = await db.select({ input: releases.input }).from(releases).where(eq(releases.id, id));
  return found?.input;
}

async function releasesWhere(db: Database, where: SQL | undefined, limit: number): Promise<ReleaseView[]> {
  const rows = await db
    .select()
    .from(releases)
    .where(where)
    .orderBy(desc(releases.createdAt), desc(releases.sequence))
    .limit(limit);
  const ids = rows.map(({ id }) => id);
  const built = await buildsWhere(db, inArray(builds.releaseId, ids));
  const all = await deploymentsWhere(db, inArray(deployments.releaseId, ids));
  const names = await presentNames(db);
  return rows.map((row) => {
    // Newest first, so the first is the latest try.
    const build = built.find(({ releaseId }) => releaseId === row.id)?.view ?? null;
    const deployed = all.filter(({ releaseId }) => releaseId === row.id).toReversed();
    const isBuilt = build?.state === 'completed' || row.input.image !== undefined || deployed.length > 0;
    return {
      id: row.id,
      project: row.project,
      service: row.service,
      ...calledNow(names, row),
      sequence: row.sequence,
      ref: row.ref,
      commit: row.commit,
      subject: row.subject,
      actor: row.actorName,
      // The moment in between has no report: it follows from the rows.
      state: row.state === 'building' && isBuilt ? 'deploying' : row.state,
      failure: row.failure,
      createdAt: row.createdAt.toISOString(),
      build,
      deployments: deployed,
    };
  });
}

/** True when the build or deployment that writes a log has ended; `undefined` when there is none of that id. */
export async function hasEnded(db: Database, kind: 'build' | 'deployment', id: string): Promise<boolean | undefined> {
  if (kind === 'build') {
    const build = await findBuild(db, id);
    return build && isFinalBuild(build.state);
  }
  const deployment = await findDeployment(db, id);
  return deployment && isDeploymentOutcome(deployment.state);
}
