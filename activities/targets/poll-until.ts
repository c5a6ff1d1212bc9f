import { setTimeout as sleep } from 'node:timers/promises';

interface UntilOptions {
  readonly timeoutMs: number;
  /** 25 by default: short, because a person waits and the answer comes from this host. */
  readonly everyMs?: number | (() => number);
  readonly signal?: AbortSignal;
}

/**
 * Asks again until there is an answer.
 *
 * @returns `undefined` when the time is up
 * @throws the signal's reason when aborted
 */
export async function until<T>(
  ask: () => Promise<T | undefined>,
  { timeoutMs, everyMs = 25, signal }: UntilOptions,
): Promise<T | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined || performance.now() >= deadline) return answer;
    await sleep(typeof everyMs === 'number' ? everyMs : everyMs(), undefined, signal && { signal }).catch(
      () => undefined,
    );
  }
}
