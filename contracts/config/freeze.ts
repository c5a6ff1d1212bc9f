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

const WEEK = 7 * 24 * 60;
const lengthOf = ({ from, to }: { readonly from: number; readonly to: number }): number =>
  to > from ? to - from : to - from + 24 * 60;

/** True when the weekly windows leave no minute of a week between them. */
export function isFrozenForEver(windows: readonly FreezeWindow[]): boolean {
  const spans = windows
    .flatMap((window) => {
      if (window.kind === 'once') return [];
      return window.days.flatMap((day) => {
        const from = DAYS.indexOf(day) * 24 * 60 + window.from;
        const to = from + lengthOf(window);
        // A window that goes on into the next week freezes the beginning of this one.
        return [{ from, to }, ...(to > WEEK ? [{ from: from - WEEK, to: to - WEEK }] : [])];
      });
    })
    .toSorted((one, other) => one.from - other.from);
  let end = 0;
  for (const { from, to } of spans) {
    if (from > end) return false;
    end = Math.max(end, to);
  }
  return end >= WEEK;
}

function endOf(window: FreezeWindow, now: number): number | null {
  if (window.kind === 'once') return window.from <= now && now < window.to ? window.to : null;
  const length = lengthOf(window) * MINUTE_MS;
  // It may have begun yesterday.
  for (const midnight of [startOfDay(now), startOfDay(now) - DAY_MS]) {
    const from = midnight + window.from * MINUTE_MS;
    const day = DAYS[new Date(midnight).getUTCDay()];
    if (day && window.days.includes(day) && from <= now && now < from + length) return from + length;
  }
  return null;
}

const startOfDay = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS;
