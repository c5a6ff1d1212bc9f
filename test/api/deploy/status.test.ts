import { expect, test } from '@jest/globals';
import { refusalStatus, statusOf } from '../../../api/deploy/status.ts';
import { FailureType } from '../../../contracts/core/failures.ts';

const ALL = Object.values(FailureType);

test('whatever fails before anything is touched is 4xx, so that 5xx means what was running [C2][C4]', () => {
  expect(ALL.length).toBeGreaterThan(30);
  const fivefold = ALL.filter((type) => refusalStatus(type) >= 500);
  expect(fivefold.toSorted()).toEqual(['Internal', 'StoreUnavailable']);
});

test.each([
  ['live', undefined, 200],
  ['failed', 'ImageNotFound', 404],
  ['failed', 'InvalidRequest', 422],
  ['failed', 'DigestMismatch', 409],
  ['failed', 'RegistryRefused', 424],
  ['failed', 'RegistryUnavailable', 424],
  ['failed', 'HostAway', 424],
  ['failed', undefined, 500],
  ['superseded', 'Superseded', 409],
  ['cancelled', undefined, 409],
  ['rolled_back', 'Unhealthy', 502],
  // The answer shows that production was touched, whatever the cause.
  ['rolled_back', 'PortTaken', 502],
  ['rollback_failed', 'RollbackFailed', 500],
] as const)('%s (%s) is %i [C2][C4]', (outcome, type, status) => {
  expect(statusOf(outcome, type && { type, message: '' })).toBe(status);
});
