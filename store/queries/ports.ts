import { ne } from 'drizzle-orm';
import { environmentId } from '../../contracts/core/ids.ts';
import type { TakenPort } from '../../contracts/config/outside-warnings.ts';
import type { Database } from '../open.ts';
import { environments } from '../schema.ts';

/** The ports that other projects publish, by what the newest heads of their default branches say. */
export async function portsOfOthers(db: Database, project: string): Promise<TakenPort[]> {
  const rows = await db.select().from(environments).where(ne(environments.project, project));
  return rows.flatMap(({ settings: { target }, ...key }) =>
    target.places.flatMap((place) => target.ports.map((port) => ({ place, port, by: environmentId(key) }))),
  );
}
