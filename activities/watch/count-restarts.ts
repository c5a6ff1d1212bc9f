/** Decides whether restarts are a crash loop: pure, so that tests can try many orders of looks. */
import { CRASH_LOOP, type SeenReplica } from '../../contracts/deployment/live-replica.ts';
import type { RestartRecord } from './ledger.port.ts';

/**
 * The start of the count for a look at that time.
 *
 * @param since - when it went live
 * @returns `null`: the count begins with this look, because nothing recent is known
 */
export function windowAt(before: RestartRecord | undefined, at: number, since: number): RestartRecord['window'] | null {
  const isRecent = (time: number) => at - time <= CRASH_LOOP.withinMs;
  if (!before) return isRecent(since) ? { at: since, restarts: 0 } : null;
  if (isRecent(before.window.at)) return before.window;
  return isRecent(before.seenAt) ? { at: before.seenAt, restarts: before.restarts } : null;
}

/** @param place - the replica's place */
export function nextRestarts(
  before: RestartRecord | undefined,
  { restarts: seen, lastEnd }: Pick<SeenReplica, 'restarts' | 'lastEnd'>,
  { place, at, since }: { readonly place: string; readonly at: number; readonly since: number },
): RestartRecord {
  // A container that is not there does not start again.
  const restarts = seen ?? before?.restarts ?? 0;
  const found = windowAt(before, at, since);
  // A call has started it since, and the engine counts from nothing again.
  const isAnew = before !== undefined && restarts < before.restarts;
  const window = isAnew ? { at, restarts: 0 } : (found ?? { at, restarts });
  const grew = restarts > (isAnew ? 0 : (before?.restarts ?? window.restarts));
  const restartedAt = grew ? at : (before?.restartedAt ?? null);
  const isQuiet = restartedAt === null || at - restartedAt > CRASH_LOOP.withinMs;
  const known = isQuiet ? null : (before?.crash ?? null);
  const count = restarts - window.restarts;
  const crash =
    known ??
    (count >= CRASH_LOOP.restarts
      ? { since: window.at, message: message(place, count, at, window.at, lastEnd) }
      : null);
  return { restarts, seenAt: at, window, restartedAt, crash };
}

function message(place: string, count: number, at: number, from: number, lastEnd: string | undefined): string {
  const minutes = Math.max(1, Math.ceil((at - from) / 60_000));
  const when = `${count} times within ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;
  return `${place}: its container has ended and was started again ${when}.${lastEnd === undefined ? '' : ` ${lastEnd}`}`;
}
