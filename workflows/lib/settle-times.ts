/**
 * How long the end of a workflow, or of a step of it, waits until the store and GitHub know, in milliseconds. What is not
 * said by then is left to a `report`, or to the next run.
 */
export const SETTLE_MS = {
  /** A person or a CI system waits for the answer meanwhile. */
  decisions: 2_000,
  /** The next deployment of the environment waits meanwhile. */
  betweenDeployments: 5_000,
  end: 10_000,
  /** A new run begins without what was not said, and only every few thousand events. */
  newRun: 60_000,
  /** Nothing waits for it, and nobody else says the last words of a command. */
  lastWords: 24 * 3_600_000,
} as const;
