/** The next effects of a preview's state: the one place that decides what is done next. */
import { SYSTEM } from '../../../contracts/core/actor.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import { previewEnvironment } from '../../../contracts/core/preview-names.ts';
import { auditOf, unwant } from './end.ts';
import { PREVIEW_LIMITS } from './limits.ts';
import { releaseEnded } from './news.ts';
import { stepThen, isLeft, newOrder, serviceState, sameState, withService } from './state.ts';
import type { PreviewEffect, KnownRules, ServiceState, PreviewState, PreviewStep, WantedCommit } from './state.ts';
import { endsAt, silentFrom } from './time.ts';

/**
 * Takes every step that is due. It goes by what is, never by what has just happened, so no order of events leads anywhere
 * else.
 */
export function proceed(state: PreviewState, now: number): PreviewStep {
  if (!state.isRecalled) return sameState(state);
  const timely = stepThen(loseSilent(state, now), (next) => expire(next, now));
  return stepThen(timely, (next) => {
    if (next.wanted === null) return removeAll(next, now);
    const { rules } = next;
    return rules === null ? sameState(next) : maintain(next, next.wanted, rules, now);
  });
}

/** True when nothing of it is there, comes, or is wanted: the workflow of a preview ends then. */
export const isGone = (state: PreviewState): boolean =>
  state.isRecalled &&
  state.wanted === null &&
  state.pending.length === 0 &&
  state.slot === 'none' &&
  !state.services.some(isLeft);

function loseSilent(state: PreviewState, now: number): PreviewStep {
  return state.services.reduce<PreviewStep>(
    (step, { release }) =>
      release && release.silentAt <= now ? stepThen(step, (next) => releaseEnded(next, release.id, null, now)) : step,
    sameState(state),
  );
}

function expire(state: PreviewState, now: number): PreviewStep {
  const at = endsAt(state);
  if (at === null || at > now) return sameState(state);
  return unwant(state, { reason: state.slot === 'held' ? 'expired' : 'line-expired' }, now);
}

function maintain(state: PreviewState, wanted: WantedCommit, rules: KnownRules, now: number): PreviewStep {
  // An environment that is being removed is made again when it is gone.
  const removed = state.services.reduce<PreviewStep>(
    (step, service) => (service.removing ? stepThen(step, (next) => removeAgain(next, service, now)) : step),
    sameState(state),
  );
  if (state.slot === 'none') return stepThen(removed, (next) => askSlot(next, wanted, rules));
  if (state.slot !== 'held') return removed;
  const kept = rules.rules.services.map((service) => ({ project: rules.project, service }));
  const ordered = kept.reduce((step, key) => stepThen(step, (next) => orderService(next, key, wanted, now)), removed);
  const isKept = ({ key }: ServiceState) =>
    kept.some((one) => one.project === key.project && one.service === key.service);
  return state.services
    .filter((service) => !isKept(service))
    .reduce((step, { key }) => stepThen(step, (next) => remove(next, key, now)), ordered);
}

function askSlot(state: PreviewState, { by }: WantedCommit, { rules, installationLimit }: KnownRules): PreviewStep {
  const limits = { ...rules.limits, installation: installationLimit };
  const request = { repositoryId: state.pull.repositoryId, person: by.name.toLowerCase(), limits };
  return { state: { ...state, slot: 'asked' }, effects: [{ kind: 'ask-slot', request }] };
}

function orderService(state: PreviewState, key: ServiceState['key'], wanted: WantedCommit, now: number): PreviewStep {
  const service = serviceState(state, key);
  if (service && (service.ordering || service.removing || service.serial >= wanted.serial)) return sameState(state);
  const { commit, by, serial } = wanted;
  const { state: next, orderId } = newOrder(state);
  const ordering = { orderId, commit, stops: false, silentAt: silentFrom(now) };
  return {
    state: withService(next, key, (one) => ({ ...one, serial, ordering })),
    effects: [{ kind: 'order', key: environmentOf(state, key), orderId, commit, by }],
  };
}

/** Nothing is wanted: everything goes, in whatever state it is. */
function removeAll(state: PreviewState, now: number): PreviewStep {
  const removed = state.services.reduce<PreviewStep>(
    (step, { key }) => stepThen(step, (next) => remove(next, key, now)),
    sameState(state),
  );
  // A preview that is still there takes its slot.
  if (removed.state.services.some(isLeft) || removed.state.slot === 'none') return removed;
  return stepThen(removed, (next) => ({
    state: { ...next, slot: 'none', place: null, expiresAt: null },
    effects: [
      { kind: 'give-slot' },
      auditOf(next, 'gone', { by: next.endedBy, key: String(now), at: now, detail: 'nothing of it is left' }),
    ],
  }));
}

function remove(state: PreviewState, key: ServiceState['key'], now: number): PreviewStep {
  const service = serviceState(state, key);
  if (!service) return sameState(state);
  const { ordering, removing, stands } = service;
  if (ordering) return stopOrder(state, service);
  if (removing) return removeAgain(state, service, now);
  return stands ? beginRemoval(state, service, now) : sameState(state);
}

/** First of all it has to be known what the order came to. */
function stopOrder(state: PreviewState, { key, ordering }: ServiceState): PreviewStep {
  if (!ordering || ordering.stops) return sameState(state);
  return {
    state: withService(state, key, (one) => ({ ...one, ordering: { ...ordering, stops: true } })),
    effects: [{ kind: 'stop-order', orderId: ordering.orderId }],
  };
}

function removeAgain(state: PreviewState, service: ServiceState, now: number): PreviewStep {
  return service.removing && service.removing.againAt <= now ? beginRemoval(state, service, now) : sameState(state);
}

function beginRemoval(state: PreviewState, { key, release, removing }: ServiceState, now: number): PreviewStep {
  const { state: next, orderId } = newOrder(state);
  const by = removing?.by ?? (state.wanted ? SYSTEM : state.endedBy);
  const cancels: readonly PreviewEffect[] = release
    ? [{ kind: 'cancel-release', releaseId: release.id, orderId: `${orderId}-release`, by }]
    : [];
  const removal = { orderId, by, againAt: now + PREVIEW_LIMITS.removeAgainMs };
  return {
    state: withService(next, key, (one) => ({ ...one, release: null, removing: removal })),
    effects: [...cancels, { kind: 'remove', key: environmentOf(state, key), orderId, by }],
  };
}

const environmentOf = ({ pull }: PreviewState, key: ServiceState['key']): EnvironmentKey => ({
  project: key.project,
  service: key.service,
  environment: previewEnvironment(pull.number),
});

/** A new run begins again only this: it follows the releases that run. Everything else that is waited for comes by itself. */
export const resumed = ({ services }: PreviewState): readonly PreviewEffect[] =>
  services.flatMap(({ release }) => (release ? [{ kind: 'follow', releaseId: release.id } as const] : []));
