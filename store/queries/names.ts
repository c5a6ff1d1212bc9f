/** A project or service under another name. What it is kept as never changes: ids, secrets, locks and history go by that. */
import { and, desc, eq, inArray, like, sql } from 'drizzle-orm';
import { idText, type GitHubId } from '../../contracts/core/github-id.ts';
import type { OtherName } from '../../contracts/config/other-names.ts';
import type { SourceOrigin, PlaceRef } from '../../contracts/config/service.ts';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import type { Database } from '../open.ts';
import { environmentLive, environments, otherNames, projects, services } from '../schema.ts';
import { ofEnvironment } from './of-key.ts';
import { findProjects, lockProjectName } from './services.ts';

/** A project, or one service of it. */
export interface Called {
  readonly project: string;
  readonly service?: string;
}

export type Moved =
  | { readonly ok: true; readonly kept: Called }
  | { readonly ok: false; readonly why: 'unknown' | 'taken' | 'elsewhere'; readonly kept?: Called };

const written = (project: string, service: string | null): string =>
  service === null ? project : `${project}/${service}`;

/** Its kept name; itself where it has no other name. */
export async function keptAs<T extends Called>(db: Database, called: T): Promise<T> {
  const project = (await standsFor(db, called.project))?.project ?? called.project;
  if (called.service === undefined) return { ...called, project };
  const service = (await standsFor(db, written(project, called.service)))?.service ?? called.service;
  return { ...called, project, service };
}

/** A search, by either name. Without a project a service's name is taken as it is. */
export async function keptQuery<
  T extends { readonly project?: string | undefined; readonly service?: string | undefined },
>(db: Database, query: T): Promise<T> {
  const { project, service } = query;
  if (project === undefined) return query;
  return { ...query, ...(await keptAs(db, { project, ...(service !== undefined && { service }) })) };
}

/** @param called - `frontend` or `store/frontend`, as people of the repository write it */
export async function keptServiceOf(db: Database, repositoryId: GitHubId, called: string): Promise<string> {
  const [project = '', service] = called.split('/');
  if (service !== undefined) {
    const kept = await keptAs(db, { project, service });
    return written(kept.project, kept.service);
  }
  const rows = await db
    .select({ name: otherNames.name, project: otherNames.project, service: otherNames.service })
    .from(otherNames)
    .innerJoin(projects, eq(projects.name, otherNames.project))
    .where(eq(projects.repositoryId, idText(repositoryId)));
  const found = rows.find((one) => one.service !== null && one.name === written(one.project, called));
  return found ? written(found.project, found.service) : called;
}

async function standsFor(db: Database, name: string) {
  const [found] = await db.select().from(otherNames).where(eq(otherNames.name, name));
  return found;
}

/**
 * From now on it is also called so. One write, so there is nothing in between; again is no harm. Going back to an earlier name is a move
 * like any other.
 */
export async function moveName(db: Database, from: Called, to: Called): Promise<Moved> {
  return db.transaction(async (tx): Promise<Moved> => {
    await lockProjectName(tx, to.project);
    const kept = await keptAs(tx, from);
    const service = kept.service ?? null;
    // Two who move at the same time see each other's.
    const [project] = await tx.select().from(projects).where(eq(projects.name, kept.project)).for('update');
    if (!project || !(await isThere(tx, kept))) return { ok: false, why: 'unknown' };
    const wanted = await keptAs(tx, to);
    const inside = wanted.project === kept.project;
    if ((to.service === undefined) !== (service === null) || (service !== null && !inside)) {
      return { ok: false, why: 'elsewhere' };
    }
    const isOwn = inside && (wanted.service ?? null) === service;
    if (!isOwn && (await isThere(tx, wanted))) return { ok: false, why: 'taken', kept: wanted };
    const name = service === null ? to.project : written(kept.project, to.service ?? null);
    const movedAt = new Date();
    const said = await tx
      .insert(otherNames)
      .values({ name, project: kept.project, service, movedAt })
      .onConflictDoUpdate({
        target: otherNames.name,
        set: { movedAt },
        // Another one may have been given the name a moment ago.
        setWhere: sql`${otherNames.project} = ${kept.project} and ${otherNames.service} is not distinct from ${service}::text`,
      })
      .returning({ name: otherNames.name });
    if (said.length === 0) return { ok: false, why: 'taken' };
    return { ok: true, kept: { project: kept.project, ...(service !== null && { service }) } };
  });
}

async function isThere(db: Database, { project, service }: Called): Promise<boolean> {
  if (service === undefined) {
    return (await db.select({ name: projects.name }).from(projects).where(eq(projects.name, project))).length > 0;
  }
  const found = await db
    .select({ service: services.service })
    .from(services)
    .where(and(eq(services.project, project), eq(services.service, service)));
  return found.length > 0;
}

/** All services of that name in any project; a service that is kept under the name is not among them. */
export async function servicesCalled(db: Database, service: string): Promise<ServiceKey[]> {
  const found = await db
    .select()
    .from(otherNames)
    .where(like(otherNames.name, `%/${service}`));
  return found.flatMap((one) => (one.service === null ? [] : [{ project: one.project, service: one.service }]));
}

/** All other names in the projects of this source, in whatever order. */
export async function namesOf(db: Database, origin: SourceOrigin): Promise<readonly OtherName[]> {
  return namesIn(
    db,
    (await findProjects(db, origin)).map(({ project }) => project),
  );
}

/** All other names in these projects, which are named as they are kept. */
export async function namesIn(db: Database, owned: readonly string[]): Promise<readonly OtherName[]> {
  if (owned.length === 0) return [];
  const found = await db.select().from(otherNames).where(inArray(otherNames.project, owned));
  return found.map(({ name, project, service }) => ({
    name: service === null ? name : name.slice(project.length + 1),
    project,
    service,
  }));
}

/** `shop` → `store`, `shop/web` → `frontend`: what is called otherwise now than it is kept. */
export async function presentNames(db: Database): Promise<ReadonlyMap<string, string>> {
  const all = await db.select().from(otherNames).orderBy(desc(otherNames.movedAt), desc(otherNames.name));
  const newest = new Map<string, string>();
  for (const { name, project, service } of all) {
    const kept = written(project, service);
    if (!newest.has(kept)) newest.set(kept, service === null ? name : name.slice(project.length + 1));
  }
  return newest;
}

export interface LiveServicePort extends ServiceKey {
  readonly environment: string;
  readonly places: readonly PlaceRef[];
  readonly port: number;
}

/** The live ports of the project, by the settings that each service had last. */
export async function livePorts(db: Database, project: string): Promise<readonly LiveServicePort[]> {
  const rows = await db
    .select({ service: environments.service, environment: environments.environment, settings: environments.settings })
    .from(environments)
    .innerJoin(environmentLive, ofEnvironment(environmentLive, environments))
    .where(eq(environments.project, project));
  return rows.flatMap(({ service, environment, settings: { target } }) =>
    target.ports.map((port) => ({ project, service, environment, places: target.places, port })),
  );
}
