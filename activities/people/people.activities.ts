import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { OrderPort, PeopleActivities } from './people.port.ts';

/** Hands people's orders to the order port, which knows the store and Temporal; activities know neither. */
export function createPeopleActivities(orders: OrderPort): PeopleActivities {
  return {
    decide: (order) => orders.decide(order),
    cancel: (order) => orders.cancel(order, activityInfo().attempt > 1),
    lock: (order) => orders.lock(order),
    unlock: (order) => orders.unlock(order),
    destroy: (order) => orders.destroy(order, activityInfo().attempt > 1),
    preview: (request) => orders.preview(request),
    removePreview: (removal) => orders.removePreview(removal),
    retryOf: (order) => orders.retryOf(order),
    stateOf: (question) => orders.stateOf(question),
    releaseFacts: (releaseId) => orders.releaseFacts(releaseId),
    releaseResult: (releaseId) => orders.releaseResult(releaseId, cancellationSignal()),
    endJobs: (run) => orders.endJobs(run),
    resolveCommand: (question) => orders.resolveCommand(question),
    describePlan: (question) => orders.describePlan(question),
    unlockTied: (closed) => orders.unlockTied(closed),
  };
}
