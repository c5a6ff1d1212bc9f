/** Counts sign-ins per address, so that one that guesses tokens is refused cheaply and shows in the log. */

const WINDOW_MS = 60_000;
const MAX_FAILURES = 10;
/** Bounds memory when someone has many addresses; the oldest are forgotten first. */
const MAX_ADDRESSES = 10_000;

export interface Attempt {
  /** Seconds until this address may fail again; 0 while it may. */
  readonly retryAfterS: number;
  /** Takes the attempt back: it was a right token. */
  succeeded(): void;
}

export interface Attempts {
  /** Call it before anything is waited for: attempts that run side by side count as well. */
  begin(address: string): Attempt;
}

/** @param now - a monotonic clock, in milliseconds. */
export function createAttempts(now: () => number = () => performance.now()): Attempts {
  const counted = new Map<string, { count: number; until: number }>();

  const entryOf = (address: string) => {
    const entry = counted.get(address);
    if (entry && entry.until > now()) return entry;
    counted.delete(address);
    const [oldest] = counted.keys();
    if (counted.size >= MAX_ADDRESSES && oldest !== undefined) counted.delete(oldest);
    const fresh = { count: 0, until: now() + WINDOW_MS };
    counted.set(address, fresh);
    return fresh;
  };

  return {
    begin(address) {
      const entry = entryOf(address);
      entry.count += 1;
      return {
        retryAfterS: entry.count > MAX_FAILURES ? Math.max(1, Math.ceil((entry.until - now()) / 1000)) : 0,
        succeeded() {
          entry.count -= 1;
        },
      };
    },
  };
}
