/** Stands in for workflows/lib/timeouts.ts in a test's bundle of the workflows (timeouts.ts beside this file). */
import type { Timeouts } from '../../workflows/lib/timeouts.ts';

/** In front of the bundle's code. */
declare const INJECTED_TIMEOUTS: Timeouts;

export const TIMEOUTS: Timeouts = INJECTED_TIMEOUTS;
