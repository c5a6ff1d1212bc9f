/** A request ends without having run. */
import type { DeploymentResult, WaitingRequest } from '../../../contracts/deployment/deployment.ts';
import type { CancelRequest } from '../../../contracts/deployment/release.ts';
import { FailureType } from '../../../contracts/core/failures.ts';
import { audited } from '../../reporting/audit.ts';
import { remembered, result } from './outcomes.ts';
import { without } from './queue.ts';
import { andThen, unchanged } from './state.ts';
import type { Effect, State, Step } from './state.ts';

/** A cancel of one deployment, with its author and reason. */
type Cancel = CancelRequest & { readonly deploymentId: string };

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
export function cancel(state: State, asked: Cancel, now: number): Step {
  const { deploymentId } = asked;
  const request = state.waiting.find((one) => one.deploymentId === deploymentId);
  if (request) {
    const waiting = without(state.waiting, deploymentId);
    const noted: Step = { state: { ...state, waiting }, effects: [auditOf(request, asked, now)] };
    return andThen(noted, (next) => leave(next, request, result(request, 'cancelled')));
  }
  const runs = state.running?.request;
  if (runs?.deploymentId !== deploymentId) return unchanged(state);
  return { state, effects: [auditOf(runs, asked, now), { kind: 'stop', deploymentId }] };
}

function auditOf({ deploymentId, commit, digest }: WaitingRequest, { by, reason }: Cancel, at: number): Effect {
  const about = { action: 'deployment.cancel', subject: deploymentId, commit, digest };
  return { kind: 'tell', tellings: [audited({ ...about, by, at, detail: reason })] };
}

/** All that wait, then the one that runs. */
export function cancelAll(state: State, by: CancelRequest, now: number): Step {
  const { waiting, running } = state;
  const all = [...waiting, ...(running ? [running.request] : [])];
  return all.reduce<Step>(
    (step, { deploymentId }) => andThen(step, (next) => cancel(next, { ...by, deploymentId }, now)),
    unchanged(state),
  );
}

/** Cancels a request before the environment knows what is live. @returns `null` when there is none such */
export function withdraw(state: State, asked: Cancel, now: number): Step | null {
  const { deploymentId } = asked;
  const request = state.early?.find((one) => one.deploymentId === deploymentId);
  if (!request || !state.early) return null;
  const early = without(state.early, deploymentId);
  const next = { ...state, early, withdrawn: [...state.withdrawn, deploymentId] };
  const noted: Step = { state: next, effects: [auditOf(request, asked, now)] };
  return andThen(noted, (then) => turnAway(then, request, result(request, 'cancelled')));
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
