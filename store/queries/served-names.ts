/** The names that live services answer to, and the places where they do. */
import { and, eq, inArray, sql } from 'drizzle-orm';
import { certifiedNames } from '../../contracts/config/routes.ts';
import type { EnvironmentSettings, PlaceRef, TargetSettings } from '../../contracts/config/service.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { Database } from '../open.ts';
import { deployments, environmentLive, releases } from '../schema.ts';
import { ofEnvironment } from './of-key.ts';

const LIVE_ID = sql<string>`${environmentLive.live} ->> 'deploymentId'`;

/** The settings of what is live, in the environment in which it is. */
const liveSettings = (db: Database) =>
  db
    .select({
      environment: environmentLive.environment,
      environments: sql<EnvironmentSettings[]>`${releases.input} -> 'environments'`,
    })
    .from(environmentLive)
    .innerJoin(deployments, eq(deployments.id, LIVE_ID))
    .innerJoin(releases, eq(releases.id, deployments.releaseId))
    .$dynamic();

/** Some environment of the release answers to a name; which one, and whether Landfall has its certificate, `certifiedNames` says. */
const hasNames = sql`jsonb_path_exists(${releases.input}, '$.environments[*].target.routes[*]')`;

const targetOf = ({ environment, environments }: { environment: string; environments: EnvironmentSettings[] }) =>
  environments.find(({ name }) => name === environment)?.target;

/** The places at which something that is live answers to the name. */
export async function placesOfName(db: Database, name: string): Promise<readonly PlaceRef[]> {
  const asked = sql`jsonb_path_exists(${releases.input}, '$.environments[*].target.routes[*] ? (@.host == $name)', jsonb_build_object('name', ${name}::text))`;
  const rows = await liveSettings(db).where(asked);
  return distinct(rows.flatMap((row) => placesWith(name, targetOf(row))));
}

/** Name → the places at which something that is live answers to it. Names that nothing live answers to are not there. */
export async function livePlacesOf(
  db: Database,
  names: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const hosts = sql`jsonb_path_query(${releases.input}, '$.environments[*].target.routes[*].host')`;
  const rows = await liveSettings(db).where(
    sql`exists (select 1 from ${hosts} as route(host) where route.host #>> '{}' = any(${sql.param([...names])}))`,
  );
  const places = new Map<string, Set<string>>();
  for (const target of rows.map(targetOf)) {
    for (const name of certifiedNames(target)) {
      const found = places.get(name) ?? new Set<string>();
      places.set(name, found);
      for (const { name: place } of target?.places ?? []) found.add(place);
    }
  }
  return places;
}

/** The places of what is live in an environment. */
export async function placesOfLive(db: Database, key: EnvironmentKey): Promise<readonly PlaceRef[]> {
  const rows = await liveSettings(db).where(ofEnvironment(environmentLive, key));
  return distinct(rows.flatMap((row) => targetOf(row)?.places ?? []).map(({ name, queue }) => ({ name, queue })));
}

/** Every name with its places, of up to `limit` environments, left to chance. */
export async function servedNames(
  db: Database,
  limit: number,
): Promise<{ readonly name: string; readonly places: readonly PlaceRef[] }[]> {
  const rows = await liveSettings(db)
    .where(hasNames)
    .orderBy(sql`random()`)
    .limit(limit);
  const places = new Map<string, PlaceRef[]>();
  for (const row of rows) {
    const target = targetOf(row);
    for (const name of certifiedNames(target))
      places.set(name, [...(places.get(name) ?? []), ...(target?.places ?? [])]);
  }
  return [...places].map(([name, of]) => ({ name, places: distinct(of) }));
}

/** The name is answered to at one of these queues: who serves it may have its certificate. */
export async function isServedAt(db: Database, name: string, queues: readonly string[]): Promise<boolean> {
  const [live, begun] = await Promise.all([placesOfName(db, name), placesUnderWay(db, name)]);
  return [...live, ...begun].some(({ queue }) => queues.includes(queue));
}

/** Records of what is live are written beside the work: a release that goes on counts as well. */
async function placesUnderWay(db: Database, name: string): Promise<readonly PlaceRef[]> {
  const rows = await db
    .select({ environments: sql<EnvironmentSettings[]>`${releases.input} -> 'environments'` })
    .from(releases)
    .where(and(inArray(releases.state, ['building', 'deploying']), hasNames));
  return rows.flatMap(({ environments }) => environments.flatMap(({ target }) => placesWith(name, target)));
}

const placesWith = (name: string, target: TargetSettings | undefined): readonly PlaceRef[] =>
  target && certifiedNames(target).includes(name) ? target.places : [];

const distinct = (places: readonly PlaceRef[]): readonly PlaceRef[] => [
  ...new Map(places.map((one) => [one.queue, one])).values(),
];
