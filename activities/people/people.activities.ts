import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { Desk, PeopleActivities } from './people.port.ts';

/** Hands people's orders to the desk, which knows the store and Temporal; activities know neither. */
export function createPeopleActivities(desk: Desk): PeopleActivities {
  return {
    decide: (order) => desk.decide(order),
    cancel: (order) => desk.cancel(order, activityInfo().attempt > 1),
    lock: (order) => desk.lock(order),
    unlock: (order) => desk.unlock(order),
    retryOf: (order) => desk.retryOf(order),
    stateOf: (question) => desk.stateOf(question),
    releaseFacts: (releaseId) => desk.releaseFacts(releaseId),
    releaseResult: (releaseId) => desk.releaseResult(releaseId, cancellationSignal()),
    endJobs: (run) => desk.endJobs(run),
    resolveCommand: (question) => desk.resolveCommand(question),
    describePlan: (question) => desk.describePlan(question),
    unlockTied: (closed) => desk.unlockTied(closed),
  };
}
