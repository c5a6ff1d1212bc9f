/** What the delivery workflow asks. `createDeliveryActivities` in delivery.activities.ts does it. */
import type { Trigger } from '../../contracts/delivery.ts';
import type { ReleaseInput } from '../../contracts/release.ts';

export interface Admission {
  /** To be started. The same ones when asked again with the same request key. */
  readonly releases: readonly ReleaseInput[];
  readonly skipped: readonly string[];
}

export interface DeliveryActivities {
  /**
   * Reads the head and its `landfall.yaml`, decides which services it concerns, and gives each release its
   * sequence number. Settings come from the commit, environments from the default branch.
   * @throws `UnknownService`, `CommitNotFound`, `InvalidConfiguration`, `GitHub*`, `SourceUnavailable`
   */
  admit(trigger: Trigger): Promise<Admission>;
}
