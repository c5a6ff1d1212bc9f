/** A project or service under another name. What it is kept as never changes: ids, secrets, locks and history go by that. */
import { desc, eq, inArray, like } from 'drizzle-orm';
import { idText, type GitHubId } from '../../contracts/core/github-id.ts';
import type { OtherName } from '../../contracts/config/other-names.ts';
import type { Route } from '../../contracts/config/routes.ts';
import type { SourceOrigin, PlaceRef } from '../../contracts/config/service.ts';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import type { Database } from '../open.ts';
import { environmentLive, environments, otherNames, projects } from '../schema.ts';
import { keptAs, written } from './kept-name.ts';
import { ofEnvironment } from './of-key.ts';
import { findProjects } from './services.ts';

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

/** The name of a service as people have it now, where that is not the one that it is kept under; `undefined` otherwise. */
export type PresentNames = (kept: ServiceKey) => ServiceKey | undefined;

/** All of them; people give such a name by hand, so there are few. */
export async function presentNames(db: Database): Promise<PresentNames> {
  const all = await db.select().from(otherNames).orderBy(desc(otherNames.movedAt), desc(otherNames.name));
  const newest = new Map<string, string>();
  for (const { name, project, service } of all) {
    const kept = written(project, service);
    if (!newest.has(kept)) newest.set(kept, service === null ? name : name.slice(project.length + 1));
  }
  return ({ project, service }) => {
    const now = {
      project: newest.get(project) ?? project,
      service: newest.get(written(project, service)) ?? service,
    };
    return now.project === project && now.service === service ? undefined : now;
  };
}

/** As views of the API have it. */
export function calledNow(names: PresentNames, kept: ServiceKey): { readonly calledNow?: string } {
  const now = names(kept);
  return now ? { calledNow: written(now.project, now.service) } : {};
}

interface LiveService extends ServiceKey {
  readonly environment: string;
  readonly places: readonly PlaceRef[];
}

export interface LiveServicePort extends LiveService {
  readonly port: number;
}

export interface LiveServiceRoute extends LiveService {
  readonly route: Route;
}

/** The live ports of the project, by the settings that each service had last. */
export async function livePorts(db: Database, project: string): Promise<readonly LiveServicePort[]> {
  const live = await liveTargets(db, project);
  return live.flatMap(({ key, target: { ports, places } }) => ports.map((port) => ({ ...key, places, port })));
}

/** Its live names and paths, by the same. */
export async function liveRoutes(db: Database, project: string): Promise<readonly LiveServiceRoute[]> {
  const live = await liveTargets(db, project);
  return live.flatMap(({ key, target: { routes = [], places } }) => routes.map((route) => ({ ...key, places, route })));
}

async function liveTargets(db: Database, project: string) {
  const rows = await db
    .select({ service: environments.service, environment: environments.environment, settings: environments.settings })
    .from(environments)
    .innerJoin(environmentLive, ofEnvironment(environmentLive, environments))
    .where(eq(environments.project, project));
  return rows.map(({ service, environment, settings: { target } }) => ({
    key: { project, service, environment },
    target,
  }));
}
