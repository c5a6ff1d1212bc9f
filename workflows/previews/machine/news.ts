/** News for a preview: of its pull request, its slot, its releases and its environments. */
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import { FailureType, type FailureRecord } from '../../../contracts/core/failures.ts';
import type { EnvironmentEnd, PullChange, SeenPull } from '../../../contracts/deployment/preview.ts';
import type { ReleaseResult } from '../../../contracts/deployment/release.ts';
import { unwant } from './end.ts';
import { PREVIEW_LIMITS } from './limits.ts';
import { begunBy, nextSerial } from './requests.ts';
import { stepThen, isLeft, serviceState, sameState, withService } from './state.ts';
import type { ServiceState, PreviewState, PreviewStep } from './state.ts';
import { isReleasing, renewed, silentFrom } from './time.ts';

/** Something happened to the pull request. What is true of it now is looked up: events come in any order, and are lost. */
export function pullChanged(state: PreviewState, change: PullChange): PreviewStep {
  const told = { ...state, pull: change.pull, toldClosed: change.action === 'closed' };
  const { looking } = told;
  const looks: PreviewStep =
    looking === 'no'
      ? { state: { ...told, looking: 'yes' }, effects: [{ kind: 'look' }] }
      : { state: { ...told, looking: 'again' }, effects: [] };
  return change.action === 'closed' ? looks : stepThen(looks, (next) => begunBy(next, change));
}

/** @param seen - `null`: GitHub could not be asked for long */
export function pullSeen(state: PreviewState, seen: SeenPull | null, now: number): PreviewStep {
  const again = state.looking === 'again';
  const looked: PreviewStep = {
    state: { ...state, looking: again ? 'yes' : 'no' },
    effects: again ? [{ kind: 'look' }] : [],
  };
  // The next look has newer news.
  if (again) return looked;
  const is = seen?.state ?? (state.toldClosed ? 'closed' : 'open');
  if (is !== 'open') return stepThen(looked, (next) => closed(next, is, now));
  return seen ? stepThen(looked, (next) => headSeen(next, seen, now)) : looked;
}

function closed(state: PreviewState, reason: 'closed' | 'merged' | 'unseen', now: number): PreviewStep {
  return state.wanted === null && state.pending.length === 0 ? sameState(state) : unwant(state, { reason }, now);
}

function headSeen(state: PreviewState, { commit, fork }: SeenPull, now: number): PreviewStep {
  const { wanted } = state;
  if (wanted === null || wanted.commit === commit) return sameState(state);
  if (fork || wanted.fork) return sameState({ ...state, note: { kind: 'fork-moved', commit, at: now } });
  const moved = { ...state, wanted: { ...wanted, commit, serial: nextSerial(state) }, note: null };
  return sameState(renewed(moved, now));
}

/** It may be there. What was granted to a preview that is not wanted any more is given back. */
export function granted(state: PreviewState, now: number): PreviewState {
  if (state.slot !== 'asked') return state;
  const held: PreviewState = { ...state, slot: 'held', place: null, expiresAt: null };
  return renewed(held, now);
}

export const placed = (state: PreviewState, place: number): PreviewState =>
  state.slot === 'asked' ? { ...state, place } : state;

/** The line is full. */
export function slotRefused(state: PreviewState, why: string, now: number): PreviewStep {
  if (state.slot !== 'asked') return sameState(state);
  const ended = unwant({ ...state, slot: 'none', place: null }, { reason: 'line-expired' }, now);
  return { ...ended, state: { ...ended.state, note: { kind: 'refused', why, at: now } } };
}

/** The answer of an admission. */
export type OrderOutcome =
  | { readonly kind: 'released'; readonly releaseId: string }
  | { readonly kind: 'failed'; readonly failure: FailureRecord }
  /** It was cancelled; it may have come to something before that. */
  | { readonly kind: 'stopped' };

export function ordered(
  state: PreviewState,
  key: EnvironmentKey,
  orderId: string,
  answer: OrderOutcome,
  now: number,
): PreviewStep {
  const ordering = serviceState(state, key)?.ordering;
  if (ordering?.orderId !== orderId) return sameState(state);
  const { commit } = ordering;
  // Whether anything came of it is the environment's to say.
  const known = withService(state, key, (one) => ({ ...one, ordering: null, stands: true }));
  if (answer.kind === 'stopped') return sameState(known);
  if (answer.kind === 'failed') {
    return sameState(
      renewed(
        withService(known, key, (one) => ({ ...one, failure: answer.failure })),
        now,
      ),
    );
  }
  const { releaseId } = answer;
  const release = { id: releaseId, commit, silentAt: silentFrom(now) };
  return {
    state: withService(known, key, (one) => ({ ...one, release, releaseId, deploymentId: null, failure: null })),
    effects: [{ kind: 'follow', releaseId }],
  };
}

const LOST: FailureRecord = {
  type: FailureType.WorkflowLost,
  message: 'Its release has not been heard of for hours.',
};

/** @param result - `null`: it is not heard of any more */
export function releaseEnded(
  state: PreviewState,
  releaseId: string,
  result: ReleaseResult | null,
  now: number,
): PreviewStep {
  const found = state.services.find(({ release }) => release?.id === releaseId);
  if (!found) return sameState(state);
  return sameState(
    renewed(
      withService(state, found.key, (service) => afterRelease(service, result)),
      now,
    ),
  );
}

function afterRelease(service: ServiceState, result: ReleaseResult | null): ServiceState {
  const { release } = service;
  const stage = result?.stages.at(-1);
  const ended = { ...service, release: null, deploymentId: stage?.deploymentId ?? service.deploymentId };
  if (result?.outcome === 'completed') {
    return { ...ended, live: { commit: release?.commit ?? '', url: stage?.urls?.[0] ?? null }, failure: null };
  }
  if (result === null) return { ...ended, failure: LOST };
  const failure = result.failure ?? {
    type: FailureType.NotRunning,
    message: result.outcome === 'cancelled' ? 'It was cancelled.' : 'It failed.',
  };
  return { ...ended, failure };
}

/** The answer to the order of a removal. */
export type Removal =
  | { readonly kind: 'removing' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly failure: FailureRecord };

export function removalOrdered(
  state: PreviewState,
  key: EnvironmentKey,
  orderId: string,
  reply: Removal,
  now: number,
): PreviewStep {
  const removing = serviceState(state, key)?.removing;
  if (removing?.orderId !== orderId || reply.kind === 'removing') return sameState(state);
  if (reply.kind === 'gone') return sameState(withService(state, key, afterEnd));
  const againAt = now + PREVIEW_LIMITS.removeSoonMs;
  return sameState(
    withService(state, key, (one) => ({ ...one, removing: { ...removing, againAt }, failure: reply.failure })),
  );
}

/** An environment has ended, or could not: by our order, or somebody else's. */
export function environmentEnded(state: PreviewState, { key, by, left }: EnvironmentEnd, now: number): PreviewStep {
  const service = serviceState(state, key);
  if (!service) return sameState(state);
  const { removing } = service;
  if (left !== null) {
    if (!removing) return sameState(state);
    const failure = { type: FailureType.RollbackFailed, message: left };
    const againAt = now + PREVIEW_LIMITS.removeSoonMs;
    return sameState(withService(state, key, (one) => ({ ...one, failure, removing: { ...removing, againAt } })));
  }
  if (!removing && isReleasing(service, 0)) {
    // A release on its way tells its own end.
    return sameState(withService(state, key, (one) => ({ ...one, live: null })));
  }
  const gone = withService(state, key, afterEnd);
  if (removing || gone.wanted === null) return sameState(gone);
  const failure = {
    type: FailureType.EnvironmentDestroyed,
    message: `${by.name} destroyed it. The next push, or /preview, makes it again.`,
  };
  const told = withService(gone, key, (one) => ({ ...one, failure }));
  // Nothing of it is there any more: that was its end.
  return told.services.some(isLeft)
    ? sameState(told)
    : unwant({ ...told, stopped: true }, { reason: 'stopped', by }, now);
}

const afterEnd = (service: ServiceState): ServiceState => ({
  ...service,
  ...{ stands: false, removing: null, release: null, live: null, failure: null },
});
