import { cancellationSignal } from '@temporalio/activity';
import { findMovedHeads, type HeadsDeps } from './heads.ts';
import { redeliverLost, type RedeliverDeps } from './redeliver.ts';
import type { RepairActivities } from './repair.port.ts';

/** See the port for what each promises. */
export function createRepairActivities(deps: RedeliverDeps & HeadsDeps): RepairActivities {
  return {
    redeliverLost: () => redeliverLost(deps, cancellationSignal()),
    findMovedHeads: () => findMovedHeads(deps, cancellationSignal()),
  };
}
