import { setTimeout as sleep } from 'node:timers/promises';
import { failureOf } from '../../contracts/core/failures.ts';

/** A new object may not be found yet. Waits between tries, in milliseconds. */
const FOUND_LATER_MS = [500, 1_500];

/** Tries again while GitHub does not find what it has just created. */
export async function retryMissing<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  for (const waitMs of FOUND_LATER_MS) {
    try {
      return await call();
    } catch (error) {
      if (failureOf(error)?.type !== 'GitHubNotFound') throw error;
      await sleep(waitMs, undefined, { signal });
    }
  }
  return call();
}
