/** The health of the work that Landfall does by itself. */
import { asc, gte, lt, or, sql } from 'drizzle-orm';
import type { UpkeepRecord } from '../../contracts/admission/store-records.ts';
import type { Database } from '../open.ts';
import { upkeep } from '../schema.ts';

/** Once may be chance, and the next run mends it. */
const IN_A_ROW = 3;
/** Longer than any part waits for its next run. */
const OVERDUE_MS = 3 * 3_600_000;
const MAX_ERROR = 500;

/** Records the end of a part. A late or repeated report changes nothing. */
export async function recordUpkeep(db: Database, { part, at, error }: UpkeepRecord): Promise<void> {
  const ranAt = new Date(at);
  const failed = error !== null;
  const lastError = error?.slice(0, MAX_ERROR) ?? null;
  await db
    .insert(upkeep)
    .values({ part, failures: failed ? 1 : 0, failingSince: failed ? ranAt : null, lastError, ranAt })
    .onConflictDoUpdate({
      target: upkeep.part,
      set: {
        failures: failed ? sql`${upkeep.failures} + 1` : 0,
        failingSince: failed ? sql`coalesce(${upkeep.failingSince}, excluded.failing_since)` : null,
        lastError,
        ranAt,
      },
      setWhere: lt(upkeep.ranAt, ranAt),
    });
}

/** The parts that do not work, a sentence each; empty when all of them do. */
export async function failingUpkeep(db: Database, now: number): Promise<readonly string[]> {
  const rows = await db
    .select()
    .from(upkeep)
    .where(or(gte(upkeep.failures, IN_A_ROW), lt(upkeep.ranAt, new Date(now - OVERDUE_MS))))
    .orderBy(asc(upkeep.part));
  return rows.map(({ part, failures, failingSince, lastError, ranAt }) =>
    failures >= IN_A_ROW
      ? `${part}: failed ${String(failures)} times in a row, since ${(failingSince ?? ranAt).toISOString()}: ${lastError ?? ''}`
      : `${part}: has not run since ${ranAt.toISOString()}`,
  );
}
