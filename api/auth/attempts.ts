/** Counts failed sign-ins per address, so that nobody tries tokens by the thousand. */

const WINDOW_MS = 60_000;
const MAX_FAILURES = 10;
/** Bounds memory when someone has many addresses; the oldest are forgotten first. */
const MAX_ADDRESSES = 10_000;

export interface Attempts {
  /** Seconds until this address may try again; 0 when now. */
  retryAfterS(address: string): number;
  failed(address: string): void;
}

/** @param now - a monotonic clock, in milliseconds. */
export function createAttempts(now: () => number = () => performance.now()): Attempts {
  const failures = new Map<string, { count: number; until: number }>();

  const current = (address: string) => {
    const entry = failures.get(address);
    if (entry && entry.until > now()) return entry;
    failures.delete(address);
    return undefined;
  };

  return {
    retryAfterS(address) {
      const entry = current(address);
      return entry && entry.count >= MAX_FAILURES ? Math.ceil((entry.until - now()) / 1000) : 0;
    },
    failed(address) {
      const entry = current(address);
      if (entry) {
        entry.count += 1;
        return;
      }
      const [oldest] = failures.keys();
      if (failures.size >= MAX_ADDRESSES && oldest !== undefined) failures.delete(oldest);
      failures.set(address, { count: 1, until: now() + WINDOW_MS });
    },
  };
}
