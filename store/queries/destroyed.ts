/** The end of an environment: what has to be taken away, and what is forgotten then. */
import { and, eq, gt, inArray, isNotNull, min, notExists, sql } from 'drizzle-orm';
import type { PlaceRef } from '../../contracts/config/service.ts';
import { releaseWorkflowId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { DestroyInput, Remains } from '../../contracts/deployment/environment.ts';
import type { Database } from '../open.ts';
import {
  deployments,
  deploymentStatus,
  deploymentVariables,
  environmentEnds,
  environmentGates,
  environmentLive,
  environments,
  projects,
  releases,
  variableRevisions,
  variableSets,
  variableValues,
} from '../schema.ts';
import { findEnd } from './environment-ends.ts';
import { ofEnvironment, ofService } from './of-key.ts';
import { findService } from './services.ts';

/** What `DestroyActivities.findRemains` promises. */
export async function findRemains(db: Database, key: EnvironmentKey): Promise<Remains> {
  const isPreview = await isPreviewOf(db, key);
  const [places, waiting, service, [first], shared] = await Promise.all([
    placesOf(db, key),
    db
      .select({ deploymentId: deployments.id, commit: deployments.commit, sequence: deployments.sequence })
      .from(deployments)
      .innerJoin(deploymentStatus, eq(deploymentStatus.deploymentId, deployments.id))
      .where(and(ofEnvironment(deployments, key), eq(deploymentStatus.state, 'awaiting_approval'))),
    findService(db, key),
    db
      .select({ at: min(deployments.createdAt) })
      .from(deployments)
      .where(isPreview ? inRepository(db, key) : ofEnvironment(deployments, key)),
    isPreview ? [] : othersOfName(db, key),
  ]);
  const origin = service?.origin;
  const at = first?.at;
  return {
    places,
    waiting: waiting.map(({ deploymentId, commit, sequence }) => ({
      deploymentId,
      workflowId: releaseWorkflowId(key, commit, sequence),
    })),
    gitHub:
      origin?.kind === 'github' && at
        ? { origin, isShared: shared.length > 0, ...(isPreview && { isPreview }), firstAt: at.getTime() }
        : null,
  };
}

async function isPreviewOf(db: Database, key: EnvironmentKey): Promise<true | undefined> {
  const rows = await db
    .select({ one: sql`1` })
    .from(environments)
    .where(and(ofEnvironment(environments, key), isNotNull(environments.preview)));
  return rows.length > 0 ? true : undefined;
}

/** True of a deployment to an environment of this name by any service of the repository. For queries on `deployments`. */
function inRepository(db: Database, { project, environment }: EnvironmentKey) {
  const owner = db.select({ id: projects.repositoryId }).from(projects).where(eq(projects.name, project));
  const siblings = db.select({ name: projects.name }).from(projects).where(inArray(projects.repositoryId, owner));
  return and(eq(deployments.environment, environment), inArray(deployments.project, siblings));
}

/** By the settings of every release that went there, and by what landfall.yaml said last. */
async function placesOf(db: Database, key: EnvironmentKey): Promise<PlaceRef[]> {
  const named = sql`jsonb_build_object('name', ${key.environment}::text)`;
  const path = sql`'$.environments[*] ? (@.name == $name).target.places[*]'`;
  const [listed, released] = await Promise.all([
    db.select({ settings: environments.settings }).from(environments).where(ofEnvironment(environments, key)),
    db
      .selectDistinct({
        places: sql<readonly PlaceRef[]>`jsonb_path_query_array(${releases.input}, ${path}, ${named})`,
      })
      .from(releases)
      .innerJoin(deployments, eq(deployments.releaseId, releases.id))
      .where(ofEnvironment(deployments, key)),
  ]);
  const all = [...listed.map(({ settings }) => settings.target.places), ...released.map(({ places }) => places)].flat();
  return [...new Map(all.map(({ name, queue }) => [queue, { name, queue }])).values()];
}

/** Environments of the same name that other services of the repository have: GitHub knows one for all of them. */
async function othersOfName(db: Database, { project, service, environment }: EnvironmentKey) {
  const own = db.select({ id: projects.repositoryId }).from(projects).where(eq(projects.name, project));
  return db
    .select({ one: sql`1` })
    .from(environments)
    .innerJoin(projects, eq(projects.name, environments.project))
    .where(
      and(
        eq(environments.environment, environment),
        inArray(projects.repositoryId, own),
        sql`(${environments.project}, ${environments.service}) <> (${project}, ${service})`,
      ),
    )
    .limit(1);
}

/** What `DestroyActivities.forgetEnvironment` promises. */
export async function forgetEnvironment(db: Database, input: DestroyInput): Promise<boolean> {
  const { key, generation, through, by, at } = input;
  return db.transaction(async (tx) => {
    const end = { generation, through, byKind: by.kind, byName: by.name, at: new Date(at) };
    const newer = await tx
      .select({ one: sql`1` })
      .from(environmentLive)
      .where(
        and(
          ofEnvironment(environmentLive, key),
          sql`(${environmentLive.live} ->> 'generation')::bigint > ${generation}`,
        ),
      );
    if (newer.length > 0) return (await findEnd(tx, key))?.generation === generation;
    const ended = await tx
      .insert(environmentEnds)
      .values({ ...key, ...end })
      .onConflictDoUpdate({
        target: [environmentEnds.project, environmentEnds.service, environmentEnds.environment],
        set: end,
        setWhere: sql`${environmentEnds.generation} < ${generation}`,
      })
      .returning({ project: environmentEnds.project });
    // It was forgotten before: what is there now is another one's.
    if (ended.length === 0) return true;
    const tables = [
      ...[variableValues, variableRevisions, variableSets, deploymentVariables],
      ...[environmentLive, environmentGates],
    ];
    for (const table of tables) await tx.delete(table).where(ofEnvironment(table, key));
    const named = sql`jsonb_build_object('environments', jsonb_build_array(jsonb_build_object('name', ${key.environment}::text)))`;
    const begunAnew = tx
      .select({ one: sql`1` })
      .from(releases)
      .where(and(ofService(releases, key), gt(releases.sequence, through), sql`${releases.input} @> ${named}`));
    // What waits for the end of this one is listed as what it will be.
    await tx.delete(environments).where(and(ofEnvironment(environments, key), notExists(begunAnew)));
    return true;
  });
}
