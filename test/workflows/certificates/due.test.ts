import { expect, test } from '@jest/globals';
import { FailureType } from '../../../contracts/core/failures.ts';
import { waitAfter } from '../../../workflows/certificates/due.ts';

const DAY = 86_400_000;

test("the authority's own word counts where it is longer, and not for years [G7]", () => {
  const wait = (failures: number, asked?: number) => waitAfter(FailureType.CertificateRateLimited, failures, asked);
  expect([wait(1), wait(2), wait(9)]).toEqual([DAY / 24, DAY / 12, DAY / 2]);
  expect(wait(1, 3 * DAY)).toBe(3 * DAY);
  expect(wait(1, 4_000 * DAY)).toBe(20 * DAY);
});
