/** News of deployments: one halts, is live, has ended, or is mended. */
import type { LiveNews } from '../../../contracts/deployment/live-replica.ts';
import { SYSTEM } from '../../../contracts/core/actor.ts';
import { environmentId } from '../../../contracts/core/ids.ts';
import type { DeploymentResult, LandedDeployment, Recalled, Repair } from '../../../contracts/deployment/deployment.ts';
import { landedOf } from '../../lib/version.ts';
import { audited } from '../../reporting/audit.ts';
import { holdAfter } from './blocks.ts';
import { recallEnd } from './destruction.ts';
import { end } from './leave.ts';
import { dueAgain } from './maintenance.ts';
import { repairsAfter } from './repairs.ts';
import { andThen, unchanged } from './state.ts';
import type { State, Step } from './state.ts';

/** @param why - the reason why the deployment does not go on; `null` when it does again */
export function halted(state: State, deploymentId: string, why: string | null): State {
  const { running } = state;
  return running?.request.deploymentId === deploymentId ? { ...state, running: { ...running, halted: why } } : state;
}

/** The deployment with the higher generation is live, whichever is heard of last. */
export function landed(state: State, { actor, byHand, ...live }: LandedDeployment, now: number): Step {
  if (live.generation <= Math.max(state.live?.generation ?? 0, state.destroyed?.generation ?? 0))
    return unchanged(state);
  const { key, live: previous } = state;
  return {
    state: {
      ...{ ...state, live, previous },
      generation: Math.max(state.generation, live.generation),
      hold: holdAfter(state.hold, { ...live, actor, ...(byHand !== undefined && { byHand }) }, now),
    },
    effects: [{ kind: 'tell', tellings: [{ kind: 'recordLive', record: { key, at: now, live, previous } }] }],
  };
}

/**
 * The deployment that ran has ended.
 *
 * @param by - who says so: the deployment itself; or the environment for it, because it was cancelled before it began or
 *   was ended by force
 */
export function ended(
  state: State,
  { disrepair, ...ending }: DeploymentResult,
  by: 'itself' | 'never-begun' | 'lost',
  now: number,
): Step {
  const { running } = state;
  if (!running) return unchanged(state);
  const { request, version, before } = running;
  const repairs = repairsAfter(state.repairs, running, { ...ending, ...(disrepair && { disrepair }) });
  const known = by === 'lost' ? 'as-begun' : 'as-waiting';
  const noted: Step = {
    state: { ...state, running: null, repairs },
    effects: [
      ...(by === 'itself' ? [] : [{ kind: 'show-ending', request, ending, known } as const]),
      { kind: 'mend' },
      { kind: 'note-issue', request, ending, before },
    ],
  };
  const isLive = ending.outcome === 'live';
  const paged = andThen(noted, (next) => dueAgain(next, request.environment.target.places));
  const live = isLive ? andThen(paged, (next) => landed(next, landedOf(request, version.generation), now)) : paged;
  return andThen(live, (next) => end(next, request, ending));
}

/** The version that was live a moment ago may have been replaced since. */
export const hears = (state: State, news: LiveNews): Step => ({
  state,
  // What is being taken away stops serving, and that is no news.
  effects:
    state.live?.deploymentId === news.about.deploymentId && !state.destruction ? [{ kind: 'note-news', news }] : [],
});

/** A place runs again what has to run there. */
export function mended(state: State, { place, before }: Repair, now: number): Step {
  const subject = environmentId(state.key);
  const detail = `${place} runs ${before?.running?.deploymentId ?? 'nothing'} again`;
  const key = `${String(now)}/${place}`;
  return {
    state: { ...state, repairs: state.repairs.filter((one) => one.place !== place) },
    effects: [
      { kind: 'tell', tellings: [audited({ action: 'environment.mend', subject, key, by: SYSTEM, at: now, detail })] },
    ],
  };
}

/**
 * Takes over the store's knowledge of an environment that has forgotten it. Gates that people have set meanwhile count.
 */
export function recalled(state: State, last: Recalled | null): State {
  const knows = { ...state, early: null };
  if (!last) return knows;
  const { live, previous, lock, pause, hold, maintenance = null, change, destroyed } = last;
  const known = {
    ...{ ...knows, live, previous },
    generation: Math.max(state.generation, live?.generation ?? 0),
    lock: state.lock ?? lock,
    change: Math.max(state.change, change),
    pause: state.pause ?? (state.resumed ? null : pause),
    hold: state.hold ?? (state.resumed ? null : hold),
    // Which places have it is not known: all of them hear of it again.
    ...(maintenance && !state.pages && { maintenance, pages: { change, places: [], isDue: true, unpaged: [] } }),
  };
  return recallEnd(known, destroyed);
}
