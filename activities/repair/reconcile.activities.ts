import { cancellationSignal } from '@temporalio/activity';
import { endLost, type ReconcileDeps } from './reconcile.ts';
import type { ReconcileActivities } from './repair.port.ts';

/** See the port for what it promises. */
export function createReconcileActivities(deps: ReconcileDeps): ReconcileActivities {
  return { endLost: () => endLost(deps, cancellationSignal()) };
}
