import type { Trigger } from '../admission/delivery.ts';
import { deliveryWorkflowId, environmentId, serviceId } from '../core/ids.ts';
import { firstPart } from '../core/text.ts';
import type { TakenUp } from './events/event.ts';
import { EVENTS } from './events/events.ts';

/** Work of people's requests, which no event of GitHub's leads to and which takes the same way. */
const REQUESTS = {
  request: {
    workflow: 'delivery',
    summary: (event) => `release of ${serviceId(event)} ${event.tag ?? event.ref ?? ''}`.trimEnd(),
  },
  image: {
    workflow: 'delivery',
    summary: ({ image: { commit, tag, digest }, ...event }) =>
      `image of ${serviceId(event)} ${tag ?? commit ?? digest ?? ''}`.trimEnd(),
  },
  rollback: {
    workflow: 'delivery',
    summary: (event) => `rollback of ${environmentId(event)}${event.to === null ? '' : ` to ${event.to}`}`,
  },
  promote: { workflow: 'delivery', summary: (event) => `promotion to ${environmentId(event)}` },
  again: { workflow: 'delivery', summary: ({ releaseId }) => `release again of ${releaseId}` },
} as const satisfies { readonly [K in PersonRequest['kind']]: TakenUp<Extract<PersonRequest, { readonly kind: K }>> };

type Known = (typeof EVENTS)[number];
type Read<One> = One extends { readonly read: (...of: never[]) => infer Answer } ? Answer : never;
type FromGitHub = Extract<Read<Known>, { readonly kind: 'handover' }>['handover'];
type PersonRequest = Exclude<Trigger, { readonly kind: FromGitHub['kind'] }>;

/**
 * The work that an accepted delivery of GitHub's leads to, or a person's request that goes the same way. Kept in the
 * inbox. A new kind of work is in the file of its event (`events/`).
 */
export type InboxEvent = FromGitHub | PersonRequest;

type Kind = InboxEvent['kind'];
type OfKind<K extends Kind> = Extract<InboxEvent, { readonly kind: K }>;

type NameIn<Work, K extends Kind> = Work extends { readonly [One in K]: { readonly workflow: infer Name } }
  ? Name
  : never;
/** The type of the workflow of each kind. */
export type WorkflowNames = { readonly [K in Kind]: NameIn<Known['work'] | typeof REQUESTS, K> };

type AnsweredIn<Work> = Work extends unknown
  ? { readonly [K in keyof Work]: Work[K] extends { readonly ifLost: 'answer' } ? K : never }[keyof Work]
  : never;
/** People's actions on GitHub, which have to be answered also when they are lost. */
export type ActionOnGitHub = OfKind<AnsweredIn<Known['work']>>;

type ByKind = { readonly [K in Kind]: TakenUp<OfKind<K>> & { readonly ifLost?: 'again' | 'answer' } };
/** All of them by kind: `InboxEvent` is made of them, which no type of a merged list can say. */
const WORK = Object.assign({}, REQUESTS, ...EVENTS.map(({ work }) => work)) as ByKind;

/** Kinds of work that are looked after once Temporal has taken them: all that events of GitHub's lead to. */
export const FOLLOWED_KINDS: readonly string[] = [...new Set(EVENTS.flatMap(({ work }) => Object.keys(work)))];

export const isActionOnGitHub = (event: InboxEvent): event is ActionOnGitHub => WORK[event.kind].ifLost === 'answer';

/** The type of the workflow that takes it up. */
export const workflowOf = ({ kind }: InboxEvent): string => WORK[kind].workflow;

/** One line for people who browse the Temporal UI. Summaries are limited to 200 bytes, and all of this is ASCII. */
export const summaryOf = <K extends Kind>(event: OfKind<K> & { readonly kind: K }): string =>
  firstPart(`${WORK[event.kind].summary(event)} by ${event.actor.name}`, 200);

/** The delivery's own id, unless several deliveries may be one piece of work. */
export const workflowIdOf = <K extends Kind>(event: OfKind<K> & { readonly kind: K }, deliveryId: string): string =>
  WORK[event.kind].workflowId?.(event) ?? deliveryWorkflowId(deliveryId);
