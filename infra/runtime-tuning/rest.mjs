// @ts-check
/** Gives memory back while a thread is at rest. V8 does little of that by itself: its caches and half-empty pages stay. */
import { eventLoopUtilization } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Two quiet looks make half a minute: longer than any pause within a deployment. */
const EVERY_MS = 15_000;
const QUIET_LOOKS = 2;
/** The part of a processor below which a thread is at rest: its timers alone take less. */
const QUIET = 0.03;
/** Less would not be worth a collection, which holds the thread up for 0.1 to 0.3 s. */
const WORTH_BYTES = 4_000_000;

/**
 * Collects all garbage of this thread whenever it has come to rest and has used memory since the last time. Keeps no process alive.
 *
 * @param {{ everyMs?: number, collect?: () => void }} [options] - the time between two looks, and what is done at rest
 * @returns {() => void} ends it
 */
export function giveBackAtRest({ everyMs = EVERY_MS, collect = collectAll } = {}) {
  let before = eventLoopUtilization();
  let quiet = 0;
  let settled = 0;
  const looks = setInterval(() => {
    const now = eventLoopUtilization();
    quiet = eventLoopUtilization(now, before).utilization < QUIET ? quiet + 1 : 0;
    before = now;
    if (quiet < QUIET_LOOKS || used() - settled < WORTH_BYTES) return;
    collect();
    settled = used();
  }, everyMs);
  looks.unref();
  return () => clearInterval(looks);
}

const used = () => getHeapStatistics().used_heap_size;

/** What V8 does before it would give up for want of memory: no page that could be free stays. */
function collectAll() {
  setFlagsFromString('--expose-gc');
  const collect = /** @type {(options: object) => void} */ (runInNewContext('gc'));
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
