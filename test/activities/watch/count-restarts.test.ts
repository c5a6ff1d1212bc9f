import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextRestarts } from '../../../activities/watch/count-restarts.ts';
import type { RestartRecord } from '../../../activities/watch/ledger.port.ts';
import { CRASH_LOOP } from '../../../contracts/deployment/live-replica.ts';

const MINUTE = 60_000;
const LIVE_SINCE = 1_800_000_000_000;

/** The record after these looks: minutes since it went live, and its restarts by then. */
function after(...looks: readonly (readonly [minutes: number, restarts: number])[]): RestartRecord | undefined {
  let record: RestartRecord | undefined;
  for (const [minutes, restarts] of looks) {
    const seen = { restarts, lastEnd: 'It exited with code 3.' };
    const at = LIVE_SINCE + minutes * MINUTE;
    record = nextRestarts(record, seen, { place: 'alpha', at, since: LIVE_SINCE });
  }
  return record;
}

describe('what is live crashes in a loop', () => {
  test.each([
    ['three times since it went live, at the first look', [[1, 3]]],
    [
      'within a few looks',
      [
        [1, 0],
        [2, 1],
        [3, 2],
        [4, 3],
      ],
    ],
    [
      'long after it went live',
      [
        [1_000, 500],
        [1_001, 501],
        [1_002, 503],
      ],
    ],
    [
      'after its host was away for a day',
      [
        [1, 0],
        [1_441, 50],
        [1_442, 53],
      ],
    ],
    [
      'again, after a call has started it anew',
      [
        [1, 0],
        [2, 2],
        [3, 0],
        [4, 3],
      ],
    ],
    [
      'more and more seldom, as long as it is not quiet',
      [
        [1, 3],
        [9, 4],
        [18, 5],
        [27, 6],
      ],
    ],
  ] as const)('when it ends %s [E8]', (_name, looks) => {
    expect(after(...looks)?.crash?.message).toMatch(
      /^alpha: its container has ended .* times within \d+ minutes?\. It exited with code 3\./,
    );
  });

  test.each([
    [
      'twice',
      [
        [1, 0],
        [2, 2],
        [3, 2],
      ],
    ],
    [
      'so often in all, over months before anybody looked',
      [
        [100_000, 500],
        [100_001, 500],
      ],
    ],
    ['once an hour', Array.from({ length: 24 }, (_, hour) => [hour * 60, hour] as const)],
    [
      'some times while its host was away for a day',
      [
        [1, 0],
        [1_441, 50],
      ],
    ],
    [
      'twice before and twice after a call has started it anew',
      [
        [1, 2],
        [2, 0],
        [3, 2],
      ],
    ],
    [
      'no more, for ten minutes',
      [
        [1, 3],
        [2, 3],
        [13, 3],
      ],
    ],
  ] as const)('not when it ends %s [E8]', (_name, looks) => {
    expect(after(...looks)?.crash).toBeNull();
  });

  test('in whatever order of looks, only where as many restarts lie within the time [E8]', () => {
    const steps = fc.array(fc.record({ afterMs: fc.integer({ min: 1, max: 5 * MINUTE }), more: fc.nat({ max: 2 }) }));
    fc.assert(
      fc.property(steps, (given) => {
        let at = LIVE_SINCE;
        let restarts = 0;
        let record: RestartRecord | undefined;
        const seen: { readonly at: number; readonly restarts: number }[] = [{ at, restarts }];
        for (const { afterMs, more } of given) {
          at += afterMs;
          restarts += more;
          record = nextRestarts(record, { restarts }, { place: 'alpha', at, since: LIVE_SINCE });
          const began = record.crash;
          seen.push({ at, restarts });
          // Counted from some look within the time: never more than has happened in it, and never a burst missed for long.
          const most = Math.max(
            ...seen.filter((one) => at - one.at <= CRASH_LOOP.withinMs).map((one) => restarts - one.restarts),
          );
          expect(restarts - record.window.restarts).toBeLessThanOrEqual(most);
          if (began?.since === record.window.at) expect(most).toBeGreaterThanOrEqual(CRASH_LOOP.restarts);
        }
      }),
    );
  });
});
