/**
 * The activities of the `repairDeliveries` workflow. `createRepairActivities` in repair.activities.ts implements them.
 */
import type { MovedHead, Reconciled, RepairResult } from '../../contracts/inbox/repair.ts';

export interface RepairActivities {
  /**
   * Asks GitHub again for what it could not deliver: it never does so by itself. A bounded part of the list each time,
   * each delivery a few times at most.
   * @throws `GitHub*`, `StoreUnavailable`
   */
  redeliverLost(): Promise<RepairResult>;
  /**
   * Followed branches whose head has not been evaluated, though it was there a run ago: the event was never recorded. A
   * bounded number each time, those not looked at for longest first.
   * @throws `StoreUnavailable`
   */
  findMovedHeads(): Promise<readonly MovedHead[]>;
}

/** `createReconcileActivities` in reconcile.activities.ts does it. */
export interface ReconcileActivities {
  /**
   * Ends releases, builds and deployments that are called under way and that no workflow works on: with what Temporal
   * says of their end, or as lost. A bounded number each time; never what has just begun or ended.
   * @throws `StoreUnavailable`, `TemporalUnavailable`
   */
  endLost(): Promise<Reconciled>;
}
