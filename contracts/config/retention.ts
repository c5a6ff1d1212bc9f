/** Limits of what is not kept for ever. */
import { parseDuration } from '../core/duration.ts';

/** For how long, in milliseconds; `null`: for ever. */
export interface Retention {
  /** The audit trail, and what was decided about triggers. */
  readonly auditMs: number | null;
  /** The inbox. */
  readonly deliveriesMs: number | null;
}

/** Rows that are older than these moments may go; `null`: none may. */
export interface ForgetBefore {
  readonly audit: number | null;
  readonly deliveries: number | null;
}

/** The number of rows of each kind that went, and a sign that more may go. */
export interface Forgotten {
  readonly auditEvents: number;
  readonly decisions: number;
  readonly deliveries: number;
  readonly more: boolean;
}

const DAY_MS = 86_400_000;
/** A hundred years. A moment before the calendar of computers begins would be none. */
const MAX_MS = 36_500 * DAY_MS;

/** For {@link parseRetention}. Less would be gone before anybody asks. */
export const LEAST_AUDIT_MS = DAY_MS;
/**
 * GitHub delivers again for three days: a delivery that is forgotten sooner would be taken for lost, and done twice.
 */
export const LEAST_DELIVERIES_MS = 7 * DAY_MS;

/** `400d`, `forever` → milliseconds, `null`. `undefined` for anything else, and for less than `leastMs`. */
export function parseRetention(text: string, leastMs: number): number | null | undefined {
  if (text === 'forever') return null;
  const ms = parseDuration(text);
  return ms !== undefined && ms >= leastMs && ms <= MAX_MS ? ms : undefined;
}

/** The times that {@link parseRetention} takes, in words. */
export const retentionWords = (leastMs: number): string =>
  `use a time from ${leastMs / DAY_MS}d to ${MAX_MS / DAY_MS}d, such as 400d, or forever`;
