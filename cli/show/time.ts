const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `12 s`, `3 min`, `5 h`, `2 d`: one unit, rounded down. Clocks differ, so what lies ahead is `0 s`. */
export function duration(ms: number): string {
  if (ms < MINUTE) return `${String(Math.max(0, Math.floor(ms / SECOND)))} s`;
  if (ms < HOUR) return `${String(Math.floor(ms / MINUTE))} min`;
  if (ms < DAY) return `${String(Math.floor(ms / HOUR))} h`;
  return `${String(Math.floor(ms / DAY))} d`;
}

/** `4.2 s`: for measured times. */
export const seconds = (ms: number): string => `${(ms / SECOND).toFixed(1)} s`;

/** How long ago an ISO 8601 time was. */
export const ago = (time: string, now = Date.now()): string => `${duration(now - Date.parse(time))} ago`;

/** `12:04:31`, in UTC like everything that Landfall prints. */
export const clock = (at: number): string => new Date(at).toISOString().slice(11, 19);
