/** Merges reports that arrive in any order, and repeatedly, into one row. */
import { type AnyColumn, inArray, sql, type SQL } from 'drizzle-orm';
import { mayFollow, type BuildState, type DeploymentState } from '../../contracts/deployment/states.ts';

/**
 * True when the row's state may be followed by `next`: `mayFollow` of contracts/deployment/states.ts, as a condition.
 */
export function mayBecome<S extends BuildState | DeploymentState>(order: readonly S[], state: AnyColumn, next: S): SQL {
  return inArray(
    state,
    order.filter((current) => mayFollow(order, current, next)),
  );
}

/** The input of {@link mergeFacts}: the row's columns, and whether the report is no late one. */
export interface Merge {
  readonly columns: Readonly<Record<string, AnyColumn>>;
  readonly accepted: SQL;
}

/**
 * The assignments of an upsert for a report's facts beside the state: those of an accepted report count, those of a
 * late one only fill gaps. Absent ones (`undefined`) stay as they are.
 */
export function mergeFacts({ columns, accepted }: Merge, facts: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, fact]): [string, SQL][] => {
      const column = columns[name];
      if (column === undefined || fact === undefined) return [];
      const told = sql.param(fact, column);
      return [[name, sql`case when ${accepted} then ${told} else coalesce(${column}, ${told}) end`]];
    }),
  );
}

/** The later of what the row holds and `at`: a late report never makes a row older. */
export const latest = (column: AnyColumn, at: Date): SQL => sql`greatest(${column}, ${sql.param(at, column)})`;
/** The earlier one. */
export const earliest = (column: AnyColumn, at: Date): SQL => sql`least(${column}, ${sql.param(at, column)})`;
