/** What the `forgetOld` workflow asks. `createRetentionActivities` in retention.activities.ts does it. */
import type { ForgetBefore, Forgotten } from '../../contracts/config/retention.ts';

export interface RetentionActivities {
  /**
   * Removes a bounded part of what is older: audit events, decisions, deliveries. What is told of a deployment that has
   * not ended, is live or can be rolled back to stays, however old it is, and so does a delivery that still waits.
   * @throws `StoreUnavailable`
   */
  forgetOld(before: ForgetBefore): Promise<Forgotten>;
}
