import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AT_ONCE, Streak } from '../../../activities/targets/streak.ts';

const settings = fc.record({ forMs: fc.integer({ min: 0, max: 2_000 }), successes: fc.integer({ min: 1, max: 5 }) });
const checks = fc.array(fc.record({ isGood: fc.boolean(), afterMs: fc.integer({ min: 1, max: 1_000 }) }));

test('healthy is what was good in every check for as long, and as often in a row, as is asked for [E6]', () => {
  fc.assert(
    fc.property(settings, checks, (stable, given) => {
      const streak = new Streak(stable);
      let now = 0;
      const seen: { readonly isGood: boolean; readonly at: number }[] = [];
      for (const { isGood, afterMs } of given) {
        now += afterMs;
        seen.push({ isGood, at: now });
        const row = seen.slice(seen.findLastIndex((one) => !one.isGood) + 1);
        const [first] = row;
        const expected = first !== undefined && row.length >= stable.successes && now - first.at >= stable.forMs;

        expect(streak.note(isGood, now)).toBe(expected);
        expect(streak.isUnderWay).toBe(isGood);
        expect(streak.firstGoodAt).toBe(seen.find((one) => one.isGood)?.at);
      }
    }),
  );
});

test('without the setting the first good answer is enough [E6]', () => {
  expect(new Streak().note(true, 5)).toBe(true);
  expect(new Streak(AT_ONCE).note(false, 5)).toBe(false);
});

test.each([
  [0, 50],
  [1_000, 100],
  [5_000, 500],
  [600_000, 1_000],
])('a service that has to stay healthy for %i ms is asked every %i ms meanwhile [E6]', (forMs, pauseMs) => {
  const streak = new Streak({ forMs, successes: 3 });

  expect(streak.pauseMs).toBe(50);
  streak.note(true, 1);
  expect(streak.pauseMs).toBe(pauseMs);
});
