import { describe, expect, test } from '@jest/globals';
import { freezeAt } from '../../../contracts/config/freeze.ts';
import type { FreezeWindow } from '../../../contracts/config/freeze.ts';

const at = (iso: string): number => Date.parse(`${iso}Z`);
const minutes = (text: string): number => {
  const [hours = 0, rest = 0] = text.split(':').map(Number);
  return hours * 60 + rest;
};
const weekly = (days: Extract<FreezeWindow, { kind: 'weekly' }>['days'], from: string, to: string): FreezeWindow => ({
  kind: 'weekly',
  days,
  from: minutes(from),
  to: minutes(to),
  reason: 'weekly',
});

describe('freezeAt', () => {
  test.each([
    ['before it', '2026-12-23T23:59', null],
    ['at its beginning', '2026-12-24T00:00', '2026-12-27T00:00'],
    ['at its end', '2026-12-27T00:00', null],
  ])('a window of its own: %s [E9]', (_case, now, until) => {
    const window = {
      kind: 'once',
      from: at('2026-12-24T00:00'),
      to: at('2026-12-27T00:00'),
      reason: 'holidays',
    } as const;
    expect(freezeAt([window], at(now))).toEqual(until && { until: at(until), reason: 'holidays' });
  });

  // 2026-11-20 is a Friday.
  test.each([
    ['on its day', weekly(['fri'], '16:00', '24:00'), '2026-11-20T16:00', '2026-11-21T00:00'],
    ['on another day', weekly(['fri'], '16:00', '24:00'), '2026-11-19T17:00', null],
    ['over midnight, before it', weekly(['fri'], '22:00', '06:00'), '2026-11-20T23:00', '2026-11-21T06:00'],
    ['over midnight, after it', weekly(['fri'], '22:00', '06:00'), '2026-11-21T05:59', '2026-11-21T06:00'],
    ['over midnight, on the day before', weekly(['fri'], '22:00', '06:00'), '2026-11-20T05:00', null],
    ['a whole day', weekly(['sat'], '00:00', '00:00'), '2026-11-21T12:00', '2026-11-22T00:00'],
  ])('a weekly window: %s [E9]', (_case, window, now, until) => {
    expect(freezeAt([window], at(now))?.until ?? null).toBe(until && at(until));
  });

  test('of several windows the one that ends last counts [E9]', () => {
    const windows = [weekly(['sat'], '10:00', '12:00'), weekly(['fri', 'sat'], '09:00', '18:00')];
    expect(freezeAt(windows, at('2026-11-21T11:00'))?.until).toBe(at('2026-11-21T18:00'));
  });
});
