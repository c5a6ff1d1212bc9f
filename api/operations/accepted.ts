import type { ReleaseAccepted } from '../../contracts/http/api.ts';
import type { DeliveryResult } from '../../contracts/admission/delivery.ts';
import { HttpProblem } from '../http/problem.ts';

/** How a request is answered; with empty lists when it is not decided yet. */
export const accepted = (requestId: string, decided: DeliveryResult | undefined): ReleaseAccepted => ({
  requestId,
  released: [...(decided?.released ?? [])],
  skipped: [...(decided?.skipped ?? [])],
  decisions: [...(decided?.decisions ?? [])],
});

/** @throws {HttpProblem} 409 with why, when it has been decided that nothing is released */
export function assertReleased({ released, skipped }: ReleaseAccepted): void {
  if (released.length > 0 || skipped.length === 0) return;
  throw new HttpProblem(409, 'NothingReleased', `Nothing was released: ${skipped.join('; ')}`);
}
