/** A request ends without having run. */
import type { DeploymentResult, WaitingRequest } from '../../../contracts/deployment/deployment.ts';
import { FailureType } from '../../../contracts/core/failures.ts';
import { remembered, result } from './outcomes.ts';
import { without } from './queue.ts';
import { andThen, unchanged } from './state.ts';
import type { Effect, State, Step } from './state.ts';

/** Requests are repeated within seconds, not days. */
const REMEMBERED = 20;

/** Remembers how it ended, and answers. */
export function end(state: State, request: WaitingRequest, ending: DeploymentResult): Step {
  return {
    state: { ...state, ended: [...state.ended, remembered(ending, request)].slice(-REMEMBERED) },
    effects: [{ kind: 'answer', request, ending }],
  };
}

type Known = Extract<Effect, { kind: 'show-ending' }>['known'];

/** One that waited, and ends without having run. */
export function leave(
  state: State,
  request: WaitingRequest,
  ending: DeploymentResult,
  known: Known = 'as-waiting',
): Step {
  const shown: Step = { state, effects: [{ kind: 'show-ending', request, ending, known }] };
  return andThen(shown, (next) => end(next, request, ending));
}

/** One that does not even wait. */
export const turnAway = (state: State, request: WaitingRequest, ending: DeploymentResult): Step =>
  leave(state, request, ending, 'not-at-all');

/** Takes a waiting deployment out of the queue, or stops the one that runs; any other is none of its business. */
export function cancel(state: State, deploymentId: string): Step {
  const request = state.waiting.find((one) => one.deploymentId === deploymentId);
  if (request) {
    const waiting = without(state.waiting, deploymentId);
    return leave({ ...state, waiting }, request, result(request, 'cancelled'));
  }
  const runs = state.running?.request.deploymentId === deploymentId;
  return { state, effects: runs ? [{ kind: 'stop', deploymentId }] : [] };
}

/** All that wait, then the one that runs. */
export function cancelAll(state: State): Step {
  const { waiting, running } = state;
  const all = [...waiting, ...(running ? [running.request] : [])];
  return all.reduce<Step>(
    (step, { deploymentId }) => andThen(step, (next) => cancel(next, deploymentId)),
    unchanged(state),
  );
}

/** Cancels a request before the environment knows what is live. @returns `null` when there is none such */
export function withdraw(state: State, deploymentId: string): Step | null {
  const request = state.early?.find((one) => one.deploymentId === deploymentId);
  if (!request || !state.early) return null;
  const early = without(state.early, deploymentId);
  const next = { ...state, early, withdrawn: [...state.withdrawn, deploymentId] };
  return turnAway(next, request, result(request, 'cancelled'));
}

/** A short request whose release does not say any more what to run. */
export function gone(state: State, deploymentId: string): Step {
  const request = state.waiting.find((one) => one.deploymentId === deploymentId);
  if (!request) return unchanged(state);
  const message = 'Its release is gone, or does not say any more what to run. Deploy the commit again.';
  const failure = { type: FailureType.WorkflowLost, message };
  const waiting = without(state.waiting, deploymentId);
  return leave({ ...state, waiting }, request, result(request, 'failed', failure));
}
