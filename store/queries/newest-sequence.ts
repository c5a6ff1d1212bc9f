/** The newest releases of a branch: read before anything is admitted. */
import type { Actor } from '../../contracts/core/actor.ts';
import { and, desc, eq, max, notInArray } from 'drizzle-orm';
import { serviceId } from '../../contracts/core/ids.ts';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import type { SourceOrigin } from '../../contracts/config/service.ts';
import { ofService } from './of-key.ts';
import type { Database } from '../open.ts';
import { projects, releases } from '../schema.ts';
import { ownerColumns } from './services.ts';

/** The newest sequence of each of the source's services (by `serviceId`) that followed the head of `ref`. */
export async function newestSequences(
  db: Database,
  origin: SourceOrigin,
  ref: string,
): Promise<Record<string, number>> {
  const { repositoryId, cloneUrl } = ownerColumns(origin);
  const owned = repositoryId === null ? eq(projects.cloneUrl, cloneUrl) : eq(projects.repositoryId, repositoryId);
  const rows = await db
    .select({ project: releases.project, service: releases.service, sequence: max(releases.sequence) })
    .from(releases)
    .innerJoin(projects, eq(projects.name, releases.project))
    .where(and(owned, eq(releases.ref, ref), eq(releases.byName, false)))
    .groupBy(releases.project, releases.service);
  return Object.fromEntries(rows.map((row) => [serviceId(row), row.sequence ?? 0]));
}

/** The most that an environment's own newest release may lie behind those of others. */
const LOOK_BACK = 200;

/** The newest commit of `ref` that was released to any of these environments. */
export async function newestCommit(
  db: Database,
  origin: SourceOrigin,
  ref: string,
  environments: readonly string[],
): Promise<string | undefined> {
  const { repositoryId, cloneUrl } = ownerColumns(origin);
  const owned = repositoryId === null ? eq(projects.cloneUrl, cloneUrl) : eq(projects.repositoryId, repositoryId);
  const rows = await db
    .select({ commit: releases.commit, input: releases.input })
    .from(releases)
    .innerJoin(projects, eq(projects.name, releases.project))
    .where(and(owned, eq(releases.ref, ref), eq(releases.byName, false)))
    .orderBy(desc(releases.sequence))
    .limit(LOOK_BACK);
  return rows.find(({ input }) => input.environments.some(({ name }) => environments.includes(name)))?.commit;
}

/** Environment → the newest commit of `ref` that it was given by a release that has not failed and was not cancelled. */
export async function broughtLast(
  db: Database,
  { project, service }: ServiceKey,
  { ref, environments }: { readonly ref: string; readonly environments: readonly string[] },
): Promise<Record<string, string>> {
  const rows = await db
    .select({ commit: releases.commit, input: releases.input })
    .from(releases)
    .where(
      and(
        ofService(releases, { project, service }),
        eq(releases.ref, ref),
        eq(releases.byName, false),
        notInArray(releases.state, ['failed', 'cancelled']),
      ),
    )
    .orderBy(desc(releases.sequence))
    .limit(LOOK_BACK);
  return Object.fromEntries(
    environments.flatMap((name) => {
      const newest = rows.find(({ input }) => input.environments.some((one) => one.name === name));
      return newest ? [[name, newest.commit] as const] : [];
    }),
  );
}

/** The people behind the releases that events have made of this commit so far. */
export async function causersOf(db: Database, { project, service }: ServiceKey, commit: string): Promise<Actor[]> {
  const rows = await db
    .select({ input: releases.input })
    .from(releases)
    .where(and(ofService(releases, { project, service }), eq(releases.commit, commit)))
    .orderBy(desc(releases.sequence))
    .limit(LOOK_BACK);
  return rows
    .filter(({ input }) => input.byHand !== true)
    .flatMap(({ input: { actor, alsoBy = [], authors = [] } }) => [actor, ...alsoBy, ...authors]);
}
