/**
 * A circuit breaker in front of Temporal: while it is away, one attempt in a while finds out whether it is back,
 * instead of a hundred deliveries waiting for a hundred deadlines.
 */

/** Consecutive failures until calls are held back: one may be chance. */
const FAILURES_TO_OPEN = 3;
const FIRST_WAIT_MS = 250;
/** The longest that a recovered Temporal goes unnoticed. */
const MAX_WAIT_MS = 5_000;

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface Breaker {
  /** `half-open`: exactly one call should be made to find out. */
  state(): BreakerState;
  /** Milliseconds until the next call makes sense; 0 when now. */
  waitMs(): number;
  succeeded(): void;
  failed(): void;
}

/** @param now - a monotonic clock, in milliseconds. */
export function createBreaker(now: () => number = () => performance.now()): Breaker {
  let failures = 0;
  let waitMs = FIRST_WAIT_MS;
  let openUntil: number | undefined;

  const state = (): BreakerState => {
    if (openUntil === undefined) return 'closed';
    return now() < openUntil ? 'open' : 'half-open';
  };

  return {
    state,
    waitMs: () => Math.max(0, (openUntil ?? 0) - now()),
    succeeded() {
      failures = 0;
      waitMs = FIRST_WAIT_MS;
      openUntil = undefined;
    },
    failed() {
      // Calls that were under way when it opened say nothing new.
      if (state() === 'open') return;
      failures += 1;
      if (failures < FAILURES_TO_OPEN) return;
      openUntil = now() + waitMs;
      waitMs = Math.min(waitMs * 2, MAX_WAIT_MS);
    },
  };
}
