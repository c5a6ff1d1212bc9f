import { setTimeout as delay } from 'node:timers/promises';

/** Between two looks, so many times as long as a look takes: what is waited for needs the machine more than we do. */
const PAUSES = 4;
const LEAST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;
/** Generous: a busy machine is no failure. The awaited state takes a fraction of it. */
const LIMIT_MS = 90_000;

/**
 * Waits until `look` answers something other than `false`, `null` or `undefined`, without throwing.
 *
 * @param what - completes "waited in vain for …".
 * @returns what it answered
 * @throws Error with the last thing that it threw, when that takes too long
 */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
  limitMs = LIMIT_MS,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    let cause: unknown;
    const lookedAt = performance.now();
    try {
      const seen = await look();
      if (seen !== undefined && seen !== null && seen !== false) return seen as Exclude<T, false | null | undefined>;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) throw new Error(`Waited in vain for ${what}.`, { cause });
    const took = performance.now() - lookedAt;
    await delay(Math.min(Math.max(LEAST_PAUSE_MS, PAUSES * took), LONGEST_PAUSE_MS));
  }
}
