import type { ReleaseAccepted } from '../../contracts/api.ts';
import type { DeliveryResult } from '../../contracts/delivery.ts';

/** How a request is answered; with empty lists when it is not decided yet. */
export const accepted = (requestId: string, decided: DeliveryResult | undefined): ReleaseAccepted => ({
  requestId,
  released: [...(decided?.released ?? [])],
  skipped: [...(decided?.skipped ?? [])],
  decisions: [...(decided?.decisions ?? [])],
});
