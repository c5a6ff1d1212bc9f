import { expect, test } from '@jest/globals';
import { failure, failureOf, failureState, isMendable } from '../../../contracts/core/failures.ts';

test.each([
  ['by its type', failure('DiskFull', 'it is full'), true],
  ['by its type, not', failure('Unhealthy', 'it is sick'), false],
  ['by itself', failure('Unhealthy', 'its database is away', { mendable: true }), true],
  ['by itself, not', failure('EngineRefused', 'it is no image', { mendable: false }), false],
])('a failure says whether a person can mend it: %s [D6]', (_how, thrown, expected) => {
  const record = failureOf(thrown);
  expect(record && isMendable(record)).toBe(expected);
});

test('what it says does not hide its state', () => {
  const thrown = failure('EngineRefused', 'no', { mendable: false, state: 'live' });
  expect(failureState(thrown)).toBe('live');
  expect(failureOf(thrown)).toEqual({ type: 'EngineRefused', message: 'no', mendable: false });
});
