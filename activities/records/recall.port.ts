import type { Recalled } from '../../contracts/deployment/deployment.ts';
import type { PlaceRef } from '../../contracts/config/service.ts';
import type { PreviewRecall, PullKey } from '../../contracts/deployment/preview.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';

/** An environment, or a preview, that has no history of its own reads it from the store. */
export interface RecallActivities {
  /** `null`: nothing was ever live there, and no person has acted on it. @throws `StoreUnavailable` */
  recallLive(key: EnvironmentKey): Promise<Recalled | null>;
  /** The places of what is live there, by the settings that it was released with. @throws `StoreUnavailable` */
  livePlaces(key: EnvironmentKey): Promise<readonly PlaceRef[]>;
  /** The record of a pull request's preview, and whether a person has stopped it. @throws `StoreUnavailable` */
  recallPreview(pull: PullKey): Promise<PreviewRecall>;
}
