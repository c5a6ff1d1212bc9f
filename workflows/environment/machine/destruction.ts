/** An environment is destroyed: what waits ends, what runs is cancelled, and then all of it is taken away. */
import { environmentId } from '../../../contracts/core/ids.ts';
import { FailureType } from '../../../contracts/core/failures.ts';
import type { FailureRecord } from '../../../contracts/core/failures.ts';
import type { DeploymentRequest } from '../../../contracts/deployment/deployment.ts';
import type {
  DestroyRequest,
  DestroyResult,
  DestroyedEnvironment,
  UnclearedPlace,
} from '../../../contracts/deployment/environment.ts';
import { audited } from '../../reporting/audit.ts';
import type { Destruction } from './blocks.ts';
import { cancel, leave } from './leave.ts';
import { result } from './outcomes.ts';
import { andThen, unchanged } from './state.ts';
import type { Effect, State, Step } from './state.ts';

/** Takes the order. It begins when nothing runs any more. Ordering it again changes nothing but who hears of its end. */
export function orderDestruction(state: State, { by, through, follower }: DestroyRequest, now: number): Step {
  const follows = follower !== undefined && { follower };
  if (state.destruction) return unchanged({ ...state, destruction: { ...state.destruction, ...follows } });
  const destruction = { by, through, at: now, begun: false, places: [], ...follows };
  const ordered: Step = {
    state: { ...state, destruction },
    effects: [auditOf(state, 'destroy', '', destruction, now)],
  };
  const past = state.waiting.filter((one) => one.sequence <= through);
  const ended = past.reduce(
    (step, request) =>
      andThen(step, (next) =>
        leave(
          { ...next, waiting: next.waiting.filter((one) => one !== request) },
          request,
          result(request, 'cancelled', destroyedFailure(destruction)),
        ),
      ),
    ordered,
  );
  const deploymentId = state.running?.request.deploymentId;
  if (deploymentId === undefined) return ended;
  return andThen(ended, (next) => cancel(next, { deploymentId, by, reason: 'its environment is destroyed' }, now));
}

/** True when everything that ran has ended, so that it can be taken away. */
export const mayDestroy = ({ destruction, running }: State): boolean =>
  destruction !== null && !destruction.begun && running === null;

/** Takes it away. It has a generation of its own: nothing that was begun before changes anything afterwards. */
export function beginDestruction(state: State, destruction: Destruction): Step {
  const generation = state.generation + 1;
  const { by, at, through } = destruction;
  return {
    state: { ...state, generation, destruction: { ...destruction, begun: true } },
    effects: [{ kind: 'destroy', input: { key: state.key, by, at, through, generation } }],
  };
}

/** Notes the places that are not clear yet. */
export const destructionWaits = (state: State, places: readonly UnclearedPlace[]): State =>
  state.destruction ? { ...state, destruction: { ...state.destruction, places } } : state;

/** It is gone, and what has come meanwhile begins anew; or something is left, and it stays as it is. */
export function destroyed(state: State, outcome: DestroyResult, now: number): Step {
  const { destruction, generation } = state;
  if (!destruction) return unchanged(state);
  if (outcome.kind === 'failed') {
    return {
      state: { ...state, destruction: null, repairs: [...state.repairs, ...leftAt(destruction)] },
      effects: [
        auditOf(state, 'destroy-failed', outcome.why, destruction, now),
        ...told(destruction, outcome.why),
        { kind: 'turn-pages' },
      ],
    };
  }
  const { by, at, through } = destruction;
  return {
    state: {
      ...{ ...state, destruction: null, destroyed: { by, at, through, generation }, isOver: true },
      // The places refuse what is not above this: they have raised their fence by one.
      generation: generation + 1,
      ...{ live: null, previous: null, lock: null, pause: null, hold: null, repairs: [] },
      ...{ maintenance: null, pages: null },
    },
    effects: [auditOf(state, 'destroyed', outcome.notes.join(' '), destruction, now), ...told(destruction, null)],
  };
}

/** @param left - the reason why something of it is left; `null`: nothing is */
const told = ({ follower, by }: Destruction, left: string | null): readonly Effect[] =>
  follower === undefined ? [] : [{ kind: 'tell-follower', follower, by, left }];

/** Takes over what the store knows of the environment of this name before. */
export const recallEnd = (state: State, end: DestroyedEnvironment | undefined): State =>
  end
    ? {
        ...state,
        destroyed: end,
        generation: Math.max(state.generation, end.generation + 1),
        isOver: state.live === null,
      }
    : state;

/** Released before the environment was destroyed. @returns `null` for what is wanted there */
export function refusedByEnd(
  { destruction, destroyed: before }: Pick<State, 'destruction' | 'destroyed'>,
  { sequence }: Pick<DeploymentRequest, 'sequence'>,
): FailureRecord | null {
  const end = [destruction, before].find((one) => one && sequence <= one.through);
  return end ? destroyedFailure(end) : null;
}

/** Nothing runs, waits or holds there: the workflow of an environment that was destroyed ends. */
export const hasNoMore = (state: State): boolean =>
  state.isOver &&
  [state.destruction, state.running, state.early, state.live, state.lock, state.pause].every((part) => part === null) &&
  state.waiting.length === 0;

const destroyedFailure = ({ by, at }: Pick<Destruction, 'by' | 'at'>): FailureRecord => ({
  type: FailureType.EnvironmentDestroyed,
  message: `${by.name} destroyed the environment at ${new Date(at).toISOString()}, after this was released. Deploy the commit again if it is wanted there.`,
});

const leftAt = ({ places }: Destruction) =>
  places.map(({ place, why }) => ({ place, queue: '', why: `it was to be destroyed: ${why}` }));

function auditOf({ key }: State, what: string, detail: string, { by, at }: Destruction, now: number): Effect {
  const about = { action: `environment.${what}`, subject: environmentId(key), key: String(at) };
  return { kind: 'tell', tellings: [audited({ ...about, by, at: now, detail })] };
}
