import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatAge, formatDuration } from '../../../contracts/core/duration.ts';
import { formatClock, formatTime } from '../../../contracts/core/time.ts';

const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;

test.each([
  [-5, '0 s'],
  [40, '0 s'],
  [4_230, '4.2 s'],
  [30 * S, '30 s'],
  [59_940, '59.9 s'],
  [59_990, '1 min'],
  [3 * MIN + 20 * S, '3 min 20 s'],
  [90 * MIN, '1 h 30 min'],
  [2 * H + 5 * S, '2 h'],
  [24 * H, '24 h'],
  [54 * H, '2 d 6 h'],
])('that something took %d ms is written as %s [F6]', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [-5, '0 s'],
  [59_999, '59 s'],
  [MIN, '1 min'],
  [2 * H, '2 h'],
  [200_000_000, '2 d'],
])('an age of %d ms is written as %s [F6]', (ms, text) => {
  expect(formatAge(ms)).toBe(text);
});

test('no length of time is written with a unit that is full, or with more than two [F6]', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000 * H }), (ms) => {
      const text = formatDuration(ms);
      expect(text).toMatch(/^(?:\d+(?:\.\d)? s|\d+ min(?: \d+ s)?|\d+ h(?: \d+ min)?|\d+ d(?: \d+ h)?)$/);
      expect(text).not.toMatch(/\b(?:60(?:\.\d)? s|60 min| 24 h)/);
    }),
  );
});

test('a moment is written in UTC, to the minute or as a time of day [F6]', () => {
  const at = Date.UTC(2026, 2, 1, 12, 4, 31);
  expect([formatTime(at), formatClock(at)]).toEqual(['2026-03-01 12:04 UTC', '12:04:31']);
});
