/** People's requests, the rules for them, and pull requests that get a preview without a request. */
import { SYSTEM, type Actor } from '../../../contracts/core/actor.ts';
import type {
  PreviewNote,
  PreviewRecall,
  PreviewRequest,
  PreviewRulesAnswer,
  PullChange,
} from '../../../contracts/deployment/preview.ts';
import { answered, auditOf, unwant } from './end.ts';
import { PREVIEW_LIMITS } from './limits.ts';
import { isReleasing, renewed } from './time.ts';
import { stepThen, isLeft, newOrder, serviceState, sameState, withService } from './state.ts';
import type { KnownRules, Pending, PreviewState, PreviewStep } from './state.ts';

/** Takes over what the store knows of a preview that has no history of its own. */
export function previewRecalled(state: PreviewState, { standing, stopped }: PreviewRecall): PreviewState {
  const known: PreviewState = { ...state, isRecalled: true, stopped: state.stopped || stopped };
  return standing.reduce<PreviewState>(
    (next, key) => withService(next, key, (service) => ({ ...service, stands: true })),
    known,
  );
}

/** A repeated request changes nothing. */
export function requested(state: PreviewState, request: PreviewRequest, now: number): PreviewStep {
  const { orderId, by, wish, pull } = request;
  const isKnown = [...state.answers, ...state.pending].some((one) => one.orderId === orderId);
  if (isKnown) return sameState(state);
  const here: PreviewState = { ...state, pull };
  switch (wish.kind) {
    case 'create':
      return pend(here, { orderId, by, commit: wish.commit, fork: wish.fork });
    case 'extend':
      return extend(here, { orderId, by, forMs: wish.forMs }, now);
    case 'stop':
      return stop(here, { orderId, by }, now);
  }
}

/** A pull request that nobody has wanted a preview of: perhaps the rules do. */
export function begunBy(state: PreviewState, { commit, fork, author, labels, pull }: PullChange): PreviewStep {
  if (state.wanted !== null || state.stopped || fork || state.pending.length > 0) return sameState(state);
  const by = author === null ? SYSTEM : ({ kind: 'github', name: author } as const);
  const { state: next, orderId } = newOrder({ ...state, pull });
  return pend(next, { orderId, by, commit, fork, automatic: { author, labels } });
}

function pend(state: PreviewState, pending: Pending): PreviewStep {
  const waits = { ...state, pending: [...state.pending, pending] };
  if (state.reading) return sameState(waits);
  return { state: { ...waits, reading: true }, effects: [{ kind: 'read-rules' }] };
}

/** Judges everything that has waited for the rules. */
export function rulesRead(state: PreviewState, answer: PreviewRulesAnswer, now: number): PreviewStep {
  const { pending } = state;
  const read: PreviewStep = { state: { ...state, pending: [], reading: false }, effects: [] };
  return pending.reduce((step, one) => stepThen(step, (next) => judge(next, one, answer, now)), read);
}

function judge(state: PreviewState, one: Pending, answer: PreviewRulesAnswer, now: number): PreviewStep {
  const why = answer.known ? refusalOf(one, answer) : answer.why;
  if (!answer.known || why !== null) return refuse(state, one, why ?? '', now);
  const { automatic } = one;
  // Whether it is wanted is nobody's question, and gets no answer.
  if (automatic && (state.stopped || !isAutomatic(automatic, answer))) return sameState(state);
  return want({ ...state, rules: answer }, one, now);
}

const refusalOf = ({ fork }: Pending, { rules }: KnownRules): string | null =>
  fork && rules.forks === 'refuse' ? 'Commits of forks are not built here: landfall.yaml has "forks: refuse".' : null;

function refuse(state: PreviewState, { orderId, automatic }: Pending, why: string, now: number): PreviewStep {
  if (automatic) return sameState(state);
  const note: PreviewNote = { kind: 'refused', why, at: now };
  return { state: { ...answered(state, orderId, { kind: 'refused', why }), note }, effects: [] };
}

/** GitHub knows no letter case in logins and labels. */
function isAutomatic({ author, labels }: NonNullable<Pending['automatic']>, { rules }: KnownRules): boolean {
  const lower = (texts: readonly string[]) => texts.map((text) => text.toLowerCase());
  const wanted = lower(rules.automatic.labels);
  if (lower(labels).some((label) => wanted.includes(label))) return true;
  return author !== null && lower(rules.automatic.authors).includes(author.toLowerCase());
}

function want(state: PreviewState, { orderId, by, commit, fork, automatic }: Pending, now: number): PreviewStep {
  const { wanted, rules } = state;
  const isNew = wanted === null || wanted.commit !== commit || hasFailed(state);
  const serial = isNew ? nextSerial(state) : wanted.serial;
  const next: PreviewState = {
    ...answered(state, orderId, { kind: 'accepted' }),
    ...{ wanted: { by, commit, fork, serial }, owner: wanted === null ? by : state.owner, note: null },
    ...{ stopped: false, createdAt: wanted === null ? now : state.createdAt },
    ...(state.slot !== 'held' && wanted === null && { expiresAt: now + PREVIEW_LIMITS.lineMs }),
    looking: state.looking === 'no' ? 'yes' : 'again',
  };
  const detail = [commit, automatic ? 'automatic' : '', rules?.rules.services.join(', ')].filter(Boolean).join(', ');
  const audit = auditOf(state, 'create', { by, key: orderId, at: now, detail });
  return {
    state: renewed(next, now),
    // The pull request may have moved, or ended, since it was looked at.
    effects: [audit, ...(state.looking === 'no' ? [{ kind: 'look' } as const] : [])],
  };
}

/** One more than any that was ordered: also after a preview before this one. */
export const nextSerial = ({ wanted, services }: Pick<PreviewState, 'wanted' | 'services'>): number =>
  1 + Math.max(wanted?.serial ?? 0, ...services.map(({ serial }) => serial));

const hasFailed = (state: PreviewState): boolean =>
  (state.rules?.rules.services ?? []).some((service) => {
    const found = serviceState(state, { project: state.rules?.project ?? '', service });
    return found !== undefined && found.failure !== null && !isReleasing(found, 0);
  });

interface Extension {
  readonly orderId: string;
  readonly by: Actor;
  readonly forMs: number;
}

const NONE = 'There is no preview of this pull request: say /preview to have one.';

function extend(state: PreviewState, { orderId, by, forMs }: Extension, now: number): PreviewStep {
  const { wanted, rules, expiresAt } = state;
  const refused = (why: string) => sameState(answered(state, orderId, { kind: 'refused', why }));
  if (wanted === null || rules === null || expiresAt === null) return refused(NONE);
  if (state.slot !== 'held') return refused('It waits for a free slot: its time begins when it is there.');
  const most = Math.max(expiresAt, now + rules.rules.extendMaxMs);
  const wished = expiresAt + forMs;
  const until = Math.min(most, wished);
  const extended = answered(state, orderId, { kind: 'extended', expiresAt: until, isMost: until < wished });
  const detail = `until ${new Date(until).toISOString()}`;
  return {
    state: { ...extended, expiresAt: until, note: { kind: 'extended', by: by.name, at: now } },
    effects: [auditOf(state, 'extend', { by, key: orderId, at: now, detail })],
  };
}

function stop(state: PreviewState, { orderId, by }: Omit<Extension, 'forMs'>, now: number): PreviewStep {
  const isThere = state.wanted !== null || state.pending.length > 0 || state.services.some(isLeft);
  const answer = isThere
    ? ({ kind: 'stopping' } as const)
    : ({
        kind: 'refused',
        why: 'There is no preview of this pull request. None comes by itself from now on.',
      } as const);
  const told = { ...answered(state, orderId, answer), stopped: true };
  return isThere ? unwant(told, { reason: 'stopped', by, key: orderId }, now) : sameState(told);
}
