/** Decisions about triggers: kept as they were made, read by people and programs. */
import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { DecisionsRecord } from '../../contracts/admission/store-records.ts';
import type { Database } from '../open.ts';
import { decisions } from '../schema.ts';

export type DecisionRow = typeof decisions.$inferSelect;

/**
 * The first report counts: a repeated request gets the same releases again. A request that ended with an error may be
 * repeated, and then the newest answer counts.
 */
export async function recordDecisions(db: Database, record: DecisionsRecord): Promise<void> {
  const { decisions: made, at, ...common } = record;
  if (made.length === 0) return;
  await db
    .insert(decisions)
    .values(
      made.map(({ project, service, environment, ...decision }) => ({
        ...common,
        ...decision,
        ...{ project: project ?? '', service: service ?? '', environment: environment ?? '' },
        at: new Date(at),
      })),
    )
    .onConflictDoUpdate({
      target: [decisions.requestKey, decisions.project, decisions.service, decisions.environment],
      set: {
        ...{ shouldDeploy: sql`excluded.should_deploy`, ref: sql`excluded.ref`, commit: sql`excluded.commit` },
        ...{ imageTag: sql`excluded.image_tag`, version: sql`excluded.version`, tag: sql`excluded.tag` },
        ...{ releaseId: sql`excluded.release_id`, reason: sql`excluded.reason`, detail: sql`excluded.detail` },
        at: sql`excluded.at`,
      },
      setWhere: eq(decisions.reason, 'refused'),
    });
}

interface DecisionFilter {
  readonly project?: string | undefined;
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly limit: number;
}

/** Newest first. */
export async function listDecisions(db: Database, filter: DecisionFilter): Promise<DecisionRow[]> {
  const { project, service, environment, limit } = filter;
  return db
    .select()
    .from(decisions)
    .where(
      and(
        project === undefined ? undefined : eq(decisions.project, project),
        service === undefined ? undefined : eq(decisions.service, service),
        environment === undefined ? undefined : eq(decisions.environment, environment),
      ),
    )
    .orderBy(desc(decisions.at), desc(decisions.requestKey), decisions.service, decisions.environment)
    .limit(limit);
}

/** The decisions about these requests, by request: deployed ones first, then by service and environment. */
export async function decisionsOf(
  db: Database,
  requestKeys: readonly string[],
): Promise<ReadonlyMap<string, readonly DecisionRow[]>> {
  if (requestKeys.length === 0) return new Map();
  const rows = await db
    .select()
    .from(decisions)
    .where(inArray(decisions.requestKey, [...requestKeys]))
    .orderBy(desc(decisions.shouldDeploy), decisions.service, decisions.environment);
  return Map.groupBy(rows, ({ requestKey }) => requestKey);
}
