/** Decides which requests may begin now. */
import type {
  DeploymentInput,
  DeploymentRequest,
  Disrepair,
  Repair,
} from '../../../contracts/deployment/deployment.ts';
import { liveVersionOf } from '../../lib/version.ts';
import { blockOf, refusedByHold } from './blocks.ts';
import { beginDestruction, mayDestroy } from './destruction.ts';
import { end, leave } from './leave.ts';
import { result, superseded } from './outcomes.ts';
import { changesAt, firstFree, isBehind, without } from './queue.ts';
import { judgeRollback, orderedAgain } from './rollback-target.ts';
import { isWhole } from './short-request.ts';
import { andThen } from './state.ts';
import type { State, Step } from './state.ts';

/** The next one that may run has its turn: it begins, or ends at once. @returns `null` when none may run now */
export function turn(state: State, now: number): Step | null {
  if (state.running) return null;
  if (state.destruction) return mayDestroy(state) ? beginDestruction(state, state.destruction) : null;
  const request = next(state, now);
  if (!request) return null;
  if (!isWhole(request)) return { state, effects: [{ kind: 'ask-for-whole', request }] };
  return begin({ ...state, waiting: without(state.waiting, request.deploymentId) }, request);
}

export const mayBegin = (state: State, now: number): boolean => mayDestroy(state) || next(state, now) !== undefined;

/** When time alone will change what may begin; `null`: never. */
export const wakesAt = (state: State, now: number): number | null =>
  changesAt(state.waiting, (one) => blockOf(state, one, now));

const next = (state: State, now: number) => firstFree(state.waiting, (one) => blockOf(state, one, now));

function begin(state: State, request: DeploymentRequest): Step {
  const { live, previous, repairs } = state;
  // Its release asks again, because no release was there to answer when it landed.
  if (request.deploymentId === live?.deploymentId) return end(state, request, result(request, 'live'));
  if (live && isBehind(request, live))
    return leave(state, request, superseded(request, live.commit, 'is already live'));
  const refusal = refusedByHold(state, request);
  if (refusal) return leave(state, request, result(request, 'cancelled', refusal));

  const isSplit = request.rollbackFrom !== undefined && repairs.length > 0;
  const back = judgeRollback(request, live, previous, isSplit);
  if (back.kind === 'refused') return leave(state, request, result(request, 'cancelled', back.failure));
  if (back.kind === 'again') {
    const { from, to } = back;
    const ordered: Step = { state, effects: [{ kind: 'order-again', request, from, to }] };
    const ending = result(request, 'superseded', orderedAgain(request, from, to));
    return andThen(ordered, (after) => leave(after, request, ending));
  }

  const generation = state.generation + 1;
  const running = { request, version: liveVersionOf(request, generation), before: live, halted: null };
  return { state: { ...state, generation, running, isOver: false }, effects: [{ kind: 'run', request }] };
}

/** The input of the deployment that begins, as of now. */
export function inputOf(
  { live, repairs }: State,
  request: DeploymentRequest,
  generation: number,
): Omit<DeploymentInput, 'waited' | 'gitHubDeploymentId'> {
  const disrepair = repairs.length > 0 && { disrepair: repairs.map(withoutUndo) };
  const { deploymentId, environment } = request;
  // GitHub shows by itself what is superseded, except in production.
  const isShown = !live || !environment.production || live.deploymentId === deploymentId;
  const supersedes = !isShown && { supersedes: { deploymentId: live.deploymentId, commit: live.commit } };
  return { request, generation, live, ...disrepair, ...supersedes };
}

/** A deployment is given what has to run, not what has failed there. */
const withoutUndo = ({ undo: _failed, ...disrepair }: Repair): Disrepair => disrepair;
