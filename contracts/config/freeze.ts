/** Freeze windows: times in which an environment takes no deployment. All times are UTC, so that no daylight saving moves them. */

export const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
type Day = (typeof DAYS)[number];

export type FreezeWindow =
  | {
      readonly kind: 'once';
      /** Milliseconds since the epoch; `to` is the first moment after it. */
      readonly from: number;
      readonly to: number;
      readonly reason: string;
    }
  | {
      readonly kind: 'weekly';
      /** The days on which it begins. */
      readonly days: readonly Day[];
      /** Minutes since midnight. One that ends at or before its beginning ends on the next day. */
      readonly from: number;
      readonly to: number;
      readonly reason: string;
    };

export interface Freeze {
  readonly until: number;
  readonly reason: string;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** The window that holds at this moment, or `null`; of several, the one that ends last. */
export function freezeAt(windows: readonly FreezeWindow[], now: number): Freeze | null {
  let found: Freeze | null = null;
  for (const window of windows) {
    const until = endOf(window, now);
    if (until !== null && (found === null || until > found.until)) found = { until, reason: window.reason };
  }
  return found;
}

function endOf(window: FreezeWindow, now: number): number | null {
  if (window.kind === 'once') return window.from <= now && now < window.to ? window.to : null;
  const length = (window.to > window.from ? window.to - window.from : window.to - window.from + 24 * 60) * MINUTE_MS;
  // It may have begun yesterday.
  for (const midnight of [startOfDay(now), startOfDay(now) - DAY_MS]) {
    const from = midnight + window.from * MINUTE_MS;
    const day = DAYS[new Date(midnight).getUTCDay()];
    if (day && window.days.includes(day) && from <= now && now < from + length) return from + length;
  }
  return null;
}

const startOfDay = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS;
