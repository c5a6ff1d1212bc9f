/** The name that something is kept under, whichever of its names is said. It never changes. */
import { and, eq, inArray, ne, sql } from 'drizzle-orm';
import type { Database } from '../open.ts';
import { otherNames } from '../schema.ts';

/** A project, or one service of it. */
export interface Called {
  readonly project: string;
  readonly service?: string;
}

/** `shop`, or `shop/web`: as `other_names` has it. */
export const written = (project: string, service: string | null): string =>
  service === null ? project : `${project}/${service}`;

/** Its kept name; itself where it has no other name. */
export async function keptAs<T extends Called>(db: Database, called: T): Promise<T> {
  const project = (await standsFor(db, called.project))?.project ?? called.project;
  if (called.service === undefined) return { ...called, project };
  const service = (await standsFor(db, written(project, called.service)))?.service ?? called.service;
  return { ...called, project, service };
}

async function standsFor(db: Database, name: string) {
  const [found] = await db.select().from(otherNames).where(eq(otherNames.name, name));
  return found;
}

/**
 * Keeps whoever else wants the name for a project waiting until the transaction ends: `projects` and `other_names` share names, and
 * no constraint spans both. Take it before any row of `projects`.
 */
export async function lockProjectName(db: Database, name: string): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(hashtext('project name'), hashtext(${name}))`);
}

/**
 * True when one of these names stands for another service of the project by now. Whoever has the project's row locked sees what moved
 * until then, and nothing moves until the transaction ends.
 */
export async function haveMoved(db: Database, project: string, services: readonly string[]): Promise<boolean> {
  if (services.length === 0) return false;
  const names = services.map((service) => written(project, service));
  const moved = await db
    .select({ name: otherNames.name })
    .from(otherNames)
    .where(
      and(
        inArray(otherNames.name, names),
        ne(otherNames.name, sql`${otherNames.project} || '/' || ${otherNames.service}`),
      ),
    );
  return moved.length > 0;
}
