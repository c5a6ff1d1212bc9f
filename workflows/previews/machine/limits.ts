/** The times of a preview, in milliseconds. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/**
 * The limits of waits that the machine counts. They are no part of TIMEOUTS: no call is bounded by them, and a test plays
 * them by the clock that it hands in.
 */
export const PREVIEW_LIMITS = {
  /** The longest wait in line: then it is said that there was no room. */
  lineMs: 24 * HOUR,
  /** A release that has said nothing for so long is taken for lost. Its time runs on meanwhile no longer than this. */
  releaseMs: 3 * HOUR,
  /** No news of a removal for so long: it is ordered again, which changes nothing where it is under way. */
  removeAgainMs: HOUR,
  /** The same after an order that failed. */
  removeSoonMs: 5 * MINUTE,
  /** Answers that are kept, to give a repeated request the same one. */
  answers: 20,
} as const;
