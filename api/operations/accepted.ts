import { FailureType, failure } from '../../contracts/core/failures.ts';
import type { ReleaseAccepted } from '../../contracts/http/api.ts';
import type { DeliveryResult } from '../../contracts/admission/delivery.ts';

/** The answer to a request; with empty lists when it is not decided yet. */
export const accepted = (requestId: string, decided: DeliveryResult | undefined): ReleaseAccepted => ({
  requestId,
  released: [...(decided?.released ?? [])],
  skipped: [...(decided?.skipped ?? [])],
  decisions: [...(decided?.decisions ?? [])],
});

/** @throws `NothingReleased` with why, when that has been decided */
export function assertReleased({ released, skipped }: ReleaseAccepted): void {
  if (released.length > 0 || skipped.length === 0) return;
  throw failure(FailureType.NothingReleased, `Nothing was released: ${skipped.join('; ')}`);
}
