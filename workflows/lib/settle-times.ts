import { TIMEOUTS } from './timeouts.ts';

const { settle } = TIMEOUTS;

/** See {@link TIMEOUTS}. */
export const SETTLE_MS = {
  decisions: settle.decisionsMs,
  betweenDeployments: settle.betweenDeploymentsMs,
  end: settle.endMs,
  newRun: settle.newRunMs,
  lastWords: settle.lastWordsMs,
} as const;
