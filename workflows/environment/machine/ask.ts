/** A request arrives. */
import { numberTaken, otherCommit } from '../../lib/number-taken.ts';
import type { DeploymentRequest, WaitingRequest } from '../../../contracts/deployment/deployment.ts';
import { blockOf } from './blocks.ts';
import { refusedByEnd } from './destruction.ts';
import { leave, turnAway } from './leave.ts';
import { busy, result, superseded } from './outcomes.ts';
import { isIn, isOlder, without } from './queue.ts';
import { isFull, isWhole } from './short-request.ts';
import { andThen, unchanged } from './state.ts';
import type { State, Step } from './state.ts';

/**
 * A request that arrives before the environment knows what is live; it goes to {@link ask} again when the environment
 * does.
 */
export function askEarly(state: State, request: DeploymentRequest): State {
  if (state.early === null || isIn(state.early, request.deploymentId)) return state;
  return { ...state, early: [...state.early, request] };
}

/** Asking twice for the same deployment is asking once. */
export function ask(state: State, request: DeploymentRequest, now: number): Step {
  const { deploymentId } = request;
  const { waiting, running } = state;
  const known = [...state.ended, running && running.request, ...waiting, state.live, state.previous];
  const taken = otherCommit(request, known);
  if (taken !== undefined) {
    const ending = result(request, 'failed', numberTaken(`Deployment ${deploymentId}`, taken));
    return {
      state,
      effects: [
        { kind: 'show-refusal', request, ending },
        { kind: 'answer', request, ending },
      ],
    };
  }
  const before = state.ended.find((one) => one.deploymentId === deploymentId);
  if (before) return { state, effects: [{ kind: 'answer', request, ending: before }] };
  if (state.withdrawn.includes(deploymentId)) {
    return { state, effects: [{ kind: 'answer', request, ending: result(request, 'cancelled') }] };
  }
  if (running?.request.deploymentId === deploymentId) return unchanged(state);
  const same = waiting.find((one) => one.deploymentId === deploymentId);
  if (same && !isWhole(same) && isWhole(request)) {
    return unchanged({ ...state, waiting: waiting.map((one) => (one === same ? request : one)) });
  }
  if (same) return unchanged(state);
  return lineUp(state, request, now);
}

function lineUp(state: State, request: DeploymentRequest, now: number): Step {
  const refusal = refusedByEnd(state, request);
  if (refusal) return turnAway(state, request, result(request, 'cancelled', refusal));
  const { waiting, running } = state;
  const why = blockOf(state, request, now)?.why ?? (running ? `behind ${running.request.deploymentId}` : undefined);
  const { queue = 'fifo' } = request.environment;
  const before = why ?? waiting[0]?.deploymentId;
  if (queue === 'reject' && before !== undefined) {
    const message = `The environment takes nothing while it is busy (${before}). Ask again when it is free.`;
    return turnAway(state, request, busy(request, message));
  }
  const older =
    queue === 'supersede' ? waiting.filter((one) => isOlder(one, request)) : olderBlocked(state, request, now);
  if (older.length === 0 && isFull(waiting, request)) {
    const message = `${String(waiting.length)} deployments wait there already: look at what holds them back.`;
    return turnAway(state, request, busy(request, message));
  }
  const stay = older.reduce((rest, { deploymentId }) => without(rest, deploymentId), waiting);
  const joined = join({ ...state, waiting: stay }, request, why);
  const how = 'waits in its place';
  return older.reduce(
    (step, one) => andThen(step, (next) => leave(next, one, superseded(one, request.commit, how))),
    joined,
  );
}

/**
 * Automatic requests before an automatic one that a lock or freeze blocks as it does them, or before one that there is
 * no room for otherwise: when the block ends, only the newest is wanted.
 */
function olderBlocked(state: State, request: WaitingRequest, now: number): readonly WaitingRequest[] {
  if (request.byName) return [];
  const isCrowded = isFull(state.waiting, request);
  const isHeld = (one: WaitingRequest) => {
    const block = blockOf(state, one, now);
    return isCrowded || (block !== null && block.isPause !== true);
  };
  if (!isHeld(request)) return [];
  return state.waiting.filter((one) => isOlder(one, request) && isHeld(one));
}

/** @param why - the reason for its wait; `undefined`: only those before it */
function join(state: State, request: WaitingRequest, why: string | undefined): Step {
  const { waiting } = state;
  const waits = why !== undefined || waiting.length > 0;
  return {
    state: { ...state, waiting: [...waiting, request] },
    effects: waits ? [{ kind: 'show-waiting', request, why }] : [],
  };
}
