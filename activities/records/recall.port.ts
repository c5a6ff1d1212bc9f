import type { Recalled } from '../../contracts/deployment/deployment.ts';
import type { PlaceRef } from '../../contracts/config/service.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';

/** An environment that has lost its own history reads it from the store. */
export interface RecallActivities {
  /** `null`: nothing was ever live there, and no person has acted on it. @throws `StoreUnavailable` */
  recallLive(key: EnvironmentKey): Promise<Recalled | null>;
  /** The places of what is live there, by the settings that it was released with. @throws `StoreUnavailable` */
  livePlaces(key: EnvironmentKey): Promise<readonly PlaceRef[]>;
}
