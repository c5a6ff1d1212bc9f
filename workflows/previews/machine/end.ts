/** A preview is no longer wanted: from here on it is removed. */
import { SYSTEM, type Actor } from '../../../contracts/core/actor.ts';
import type { PreviewNote, PullRef } from '../../../contracts/deployment/preview.ts';
import { audited } from '../../reporting/audit.ts';
import { PREVIEW_LIMITS } from './limits.ts';
import type { PreviewEffect, PreviewState, PreviewStep } from './state.ts';

/** The subject of audit events about a preview: `acme/shop#7`. */
const subjectOf = ({ repository, number }: PullRef): string => `${repository}#${String(number)}`;

/** An audit event. @param key - tells it apart from the same action on the same pull request */
export const auditOf = (
  { pull }: Pick<PreviewState, 'pull'>,
  what: 'create' | 'extend' | 'stop' | 'expire' | 'close' | 'gone',
  about: { readonly by: Actor; readonly key: string; readonly at: number; readonly detail?: string },
): PreviewEffect => ({
  kind: 'tell',
  tellings: [audited({ action: `preview.${what}`, subject: subjectOf(pull), ...about })],
});

const DETAILS = {
  stopped: '',
  closed: 'the pull request was closed',
  merged: 'the pull request was merged',
  unseen: 'the pull request can no longer be read',
  expired: 'its time was up',
  'line-expired': 'there was no room in time',
  cancelled: 'its workflow was cancelled',
} as const;

type Reason = keyof typeof DETAILS;
const ACTIONS = { stopped: 'stop', expired: 'expire', 'line-expired': 'expire', cancelled: 'stop' } as const satisfies {
  readonly [R in Reason]?: string;
};

/** Nothing of it is wanted any more. What waits for the rules has come to nothing as well. */
export function unwant(
  state: PreviewState,
  why: { readonly reason: Reason; readonly by?: Actor; readonly key?: string },
  now: number,
): PreviewStep {
  const { reason, by = SYSTEM, key = String(now) } = why;
  const note: PreviewNote = reason === 'stopped' ? { kind: reason, by: by.name, at: now } : { kind: reason, at: now };
  const dropped = state.pending.reduce<PreviewState>(
    (next, { orderId }) => answered(next, orderId, { kind: 'refused', why: REFUSALS[reason] ?? DROPPED }),
    { ...state, pending: [] },
  );
  const ended: PreviewState = { ...dropped, wanted: null, note, endedBy: by };
  if (state.wanted === null) return { state: ended, effects: [] };
  const action = reason in ACTIONS ? ACTIONS[reason as keyof typeof ACTIONS] : 'close';
  return { state: ended, effects: [auditOf(state, action, { by, key, at: now, detail: DETAILS[reason] })] };
}

const DROPPED = 'The preview was stopped meanwhile.';
const REFUSALS: { readonly [R in Reason]?: string } = {
  closed: 'The pull request is closed.',
  merged: 'The pull request is merged.',
  unseen: 'The pull request can no longer be read.',
};

/** Keeps the answer, for a request that is repeated. */
export function answered(
  state: PreviewState,
  orderId: string,
  answer: PreviewState['answers'][number]['answer'],
): PreviewState {
  const answers = [...state.answers.filter((one) => one.orderId !== orderId), { orderId, answer }];
  return { ...state, answers: answers.slice(-PREVIEW_LIMITS.answers) };
}
