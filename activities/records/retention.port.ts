/**
 * The activities of the `forgetOld` workflow. `createRetentionActivities` in retention.activities.ts implements them.
 */
import type { ForgetBefore, Forgotten } from '../../contracts/config/retention.ts';

export interface RetentionActivities {
  /**
   * Removes a bounded part of the older records: audit events, decisions, deliveries. Records of a deployment that has
   * not ended, is live or can be rolled back to stay, however old they are, and so does a delivery that still waits.
   * @throws `StoreUnavailable`
   */
  forgetOld(before: ForgetBefore): Promise<Forgotten>;
}
