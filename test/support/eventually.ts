import { setTimeout as delay } from 'node:timers/promises';

const BETWEEN_MS = 20;
/** Generous: a busy machine is no failure. What is waited for takes a fraction of it. */
const LIMIT_MS = 30_000;

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
    try {
      const seen = await look();
      if (seen !== undefined && seen !== null && seen !== false) return seen as Exclude<T, false | null | undefined>;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) throw new Error(`Waited in vain for ${what}.`, { cause });
    await delay(BETWEEN_MS);
  }
}
