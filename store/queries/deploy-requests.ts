/** The services and earlier requests that `POST /deploy` needs to know. */
import { and, asc, desc, eq, gt, sql } from 'drizzle-orm';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import type { ReleaseInput } from '../../contracts/deployment/release.ts';
import { ofService } from './of-key.ts';
import type { Database } from '../open.ts';
import { environmentLive, releases, services } from '../schema.ts';

/** More are not needed to see that a name is ambiguous, and to say so. */
const MANY = 20;

/** The services that a request may mean, by name; whatever is given narrows it. */
export async function findServiceKeys(db: Database, { project, service }: Partial<ServiceKey>): Promise<ServiceKey[]> {
  return db
    .select({ project: services.project, service: services.service })
    .from(services)
    .where(
      and(
        project === undefined ? undefined : eq(services.project, project),
        service === undefined ? undefined : eq(services.service, service),
      ),
    )
    .orderBy(asc(services.project), asc(services.service))
    .limit(MANY);
}

export interface EarlierRelease {
  readonly requestKey: string;
  readonly sequence: number;
  readonly completed: boolean;
  /** `null` while it runs. */
  readonly endedAt: Date | null;
  /** Something else went live after its end where it was meant to. */
  readonly overtaken: boolean;
}

/** The newest release of the service among those whose request key begins so. */
export async function findEarlierRelease(
  db: Database,
  { project, service }: ServiceKey,
  prefix: string,
): Promise<EarlierRelease | undefined> {
  const [newest] = await db
    .select()
    .from(releases)
    .where(and(ofService(releases, { project, service }), sql`starts_with(${releases.requestKey}, ${prefix})`))
    .orderBy(desc(releases.sequence))
    .limit(1);
  if (!newest) return undefined;
  const { requestKey, sequence, state, endedAt, input } = newest;
  const overtaken = endedAt !== null && (await isOvertaken(db, input, endedAt));
  return { requestKey, sequence, completed: state === 'completed', endedAt, overtaken };
}

async function isOvertaken(db: Database, { key, environments, sequence }: ReleaseInput, endedAt: Date) {
  const newer = await db
    .select({ environment: environmentLive.environment, live: environmentLive.live })
    .from(environmentLive)
    .where(and(ofService(environmentLive, key), gt(environmentLive.since, endedAt)));
  return newer.some(
    ({ environment, live }) => live.sequence !== sequence && environments.some(({ name }) => name === environment),
  );
}
