/** Names and paths: one owner for each at each place, across projects. */
import { and, eq, inArray, isNull, ne, sql } from 'drizzle-orm';
import type { TakenRoute } from '../../contracts/config/outside-warnings.ts';
import { sameRoute, type Route } from '../../contracts/config/routes.ts';
import type { EnvironmentSettings, PlaceRef } from '../../contracts/config/service.ts';
import { environmentId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey, ServiceKey } from '../../contracts/core/keys.ts';
import type { Database } from '../open.ts';
import { deployments, environmentLive, environments, releases } from '../schema.ts';
import { presentNames, type PresentNames } from './names.ts';

/**
 * The names that other projects have: by their newest landfall.yaml, by what is live, and by what is on its way there. A name is
 * given up when none of the three has it any more; so what runs keeps its name until it is replaced, and can go back to it.
 */
export async function routesOfOthers(db: Database, project: string): Promise<TakenRoute[]> {
  const [declared, live, coming, names] = [
    await db
      .select()
      .from(environments)
      .where(and(ne(environments.project, project), isNull(environments.removedAt), hasRoutes(environments.settings))),
    await db
      .select({ key: environmentLive, input: releases.input })
      .from(environmentLive)
      .innerJoin(deployments, eq(deployments.id, sql`${environmentLive.live}->>'deploymentId'`))
      .innerJoin(releases, eq(releases.id, deployments.releaseId))
      .where(and(ne(environmentLive.project, project), hasRoutes(releases.input))),
    await db
      .select({ project: releases.project, service: releases.service, input: releases.input })
      .from(releases)
      .where(
        and(
          ne(releases.project, project),
          inArray(releases.state, ['building', 'deploying']),
          hasRoutes(releases.input),
        ),
      ),
    await presentNames(db),
  ];
  const held = [
    ...declared.flatMap(({ settings, ...key }) => routesIn(key, settings)),
    ...live.flatMap(({ key, input }) =>
      input.environments.filter(({ name }) => name === key.environment).flatMap((one) => routesIn(key, one)),
    ),
    ...coming.flatMap(({ input, ...key }) =>
      input.environments.flatMap((one) => routesIn({ ...key, environment: one.name }, one)),
    ),
  ];
  return held.map(({ key, ...one }) => ({ ...one, by: calledNow(names, key) }));
}

/** The first of these environments' names that another project has. */
export async function findTakenRoute(
  db: Database,
  project: string,
  wanted: readonly EnvironmentSettings[],
): Promise<TakenRoute | undefined> {
  const all = wanted.flatMap(({ target: { places, routes = [] } }) =>
    places.flatMap(({ queue }) => routes.map((route) => ({ queue, route }))),
  );
  if (all.length === 0) return undefined;
  // Keeps another admission with names waiting until this transaction ends: it then finds what this one has taken.
  await db.execute(sql`select pg_advisory_xact_lock(hashtext('routes'))`);
  const taken = await routesOfOthers(db, project);
  return taken.find(({ place, route }) => all.some((one) => one.queue === place.queue && sameRoute(one.route, route)));
}

/** A text that only settings with names have: it keeps all others out of memory. */
const hasRoutes = (column: typeof environments.settings | typeof releases.input) =>
  sql`${column}::text like '%"routes"%'`;

interface Held {
  readonly key: EnvironmentKey;
  readonly place: PlaceRef;
  readonly route: Route;
}

const routesIn = (key: EnvironmentKey, { target: { places, routes = [] } }: EnvironmentSettings): readonly Held[] =>
  places.flatMap((place) => routes.map((route) => ({ key, place, route })));

/** `shop.web.production`, in the names that people have now. */
function calledNow(names: PresentNames, { environment, ...kept }: EnvironmentKey): string {
  const called: ServiceKey = names(kept) ?? { project: kept.project, service: kept.service };
  return environmentId({ ...called, environment });
}
