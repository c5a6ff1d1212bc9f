import type { Recalled } from '../../contracts/deployment/deployment.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';

/** What an environment asks the store that has lost its own history. */
export interface RecallActivities {
  /** `null`: nothing was ever live there, and nobody has said anything. @throws `StoreUnavailable` */
  recallLive(key: EnvironmentKey): Promise<Recalled | null>;
}
