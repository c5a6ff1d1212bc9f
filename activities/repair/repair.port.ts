/** What the `repairDeliveries` workflow asks. `createRepairActivities` in repair.activities.ts does it. */
import type { MovedHead, RepairResult } from '../../contracts/repair.ts';

export interface RepairActivities {
  /**
   * Asks GitHub again for what it could not deliver: it never does so by itself. A bounded part of the list each time,
   * each delivery a few times at most.
   * @throws `GitHub*`, `StoreUnavailable`
   */
  redeliverLost(): Promise<RepairResult>;
  /**
   * Branches that somebody follows and whose head nobody has looked at, though it was there a run ago: the event was
   * never recorded. A bounded number each time, the ones that were not looked at for longest first.
   * @throws `StoreUnavailable`
   */
  findMovedHeads(): Promise<readonly MovedHead[]>;
}
