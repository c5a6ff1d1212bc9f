/**
 * A preview as data: what it knows, and what a step asks of the world. Nothing in this folder imports Temporal, reads a
 * clock or waits, so that every order of events is played within milliseconds on the code that runs.
 */
import type { Telling } from '../../../activities/records/records.port.ts';
import { SYSTEM, type Actor } from '../../../contracts/core/actor.ts';
import type { FailureRecord } from '../../../contracts/core/failures.ts';
import type { EnvironmentKey, ServiceKey } from '../../../contracts/core/keys.ts';
import type {
  PreviewAnswer,
  PreviewNote,
  PreviewRulesAnswer,
  PullChange,
  PullRef,
  SlotRequest,
} from '../../../contracts/deployment/preview.ts';

export type KnownRules = Extract<PreviewRulesAnswer, { readonly known: true }>;

/** The commit that is to be there. */
export interface WantedCommit {
  readonly by: Actor;
  readonly commit: string;
  /** It stays at this commit: the branch is another repository's. */
  readonly fork: boolean;
  /** One more for each commit, and for each new try at the same. */
  readonly serial: number;
}

/** A request that waits for the rules. */
export interface Pending {
  readonly orderId: string;
  readonly by: Actor;
  readonly commit: string;
  readonly fork: boolean;
  /** It was nobody's request: the rules decide whether it is wanted. */
  readonly automatic?: Pick<PullChange, 'author' | 'labels'>;
}

export interface Answered {
  readonly orderId: string;
  readonly answer: PreviewAnswer;
}

/** The admission of a release, under way. */
export interface Ordering {
  readonly orderId: string;
  readonly commit: string;
  /** It is being cancelled. */
  readonly stops: boolean;
  /** From then on it counts for nothing that is under way. */
  readonly silentAt: number;
}

/** The removal of a service's environment, under way. */
export interface Removing {
  readonly orderId: string;
  readonly by: Actor;
  /** When it is ordered again, because no news came. */
  readonly againAt: number;
}

export interface ServiceState {
  readonly key: ServiceKey;
  /** The {@link WantedCommit.serial} that was ordered last; 0: none. */
  readonly serial: number;
  readonly ordering: Ordering | null;
  /** The release that runs. */
  readonly release: { readonly id: string; readonly commit: string; readonly silentAt: number } | null;
  /** The version that serves. */
  readonly live: { readonly commit: string; readonly url: string | null } | null;
  readonly releaseId: string | null;
  readonly deploymentId: string | null;
  readonly failure: FailureRecord | null;
  /** Something of it may be there. */
  readonly stands: boolean;
  readonly removing: Removing | null;
}

/** Plain data, small as a whole, which a new run is given as it is. */
export interface PreviewState {
  readonly pull: PullRef;
  /** When it began: makes order ids that no preview before it had. */
  readonly began: number;
  /** The store has said what stands; nothing is decided before. */
  readonly isRecalled: boolean;
  readonly wanted: WantedCommit | null;
  readonly pending: readonly Pending[];
  /** The newest, so that a repeated request gets the same answer. */
  readonly answers: readonly Answered[];
  readonly rules: KnownRules | null;
  readonly slot: 'none' | 'asked' | 'held';
  readonly place: number | null;
  readonly owner: Actor | null;
  readonly createdAt: number | null;
  readonly expiresAt: number | null;
  readonly services: readonly ServiceState[];
  /** The pull request is being looked at; `again`: and once more after that. */
  readonly looking: 'no' | 'yes' | 'again';
  /** The last news of it was its end. */
  readonly toldClosed: boolean;
  /** The rules are being read. */
  readonly reading: boolean;
  readonly note: PreviewNote | null;
  /** A person has stopped it: it does not come back by itself. */
  readonly stopped: boolean;
  /** In whose name it is removed. */
  readonly endedBy: Actor;
  /** The orders given so far. */
  readonly orders: number;
}

/** A step's request to the world. */
export type PreviewEffect =
  | { readonly kind: 'read-rules' }
  | { readonly kind: 'look' }
  | { readonly kind: 'ask-slot'; readonly request: Omit<SlotRequest, 'id'> }
  | { readonly kind: 'give-slot' }
  | {
      readonly kind: 'order';
      readonly key: EnvironmentKey;
      readonly orderId: string;
      readonly commit: string;
      readonly by: Actor;
    }
  | { readonly kind: 'stop-order'; readonly orderId: string }
  | { readonly kind: 'cancel-release'; readonly releaseId: string; readonly orderId: string; readonly by: Actor }
  | { readonly kind: 'follow'; readonly releaseId: string }
  | { readonly kind: 'remove'; readonly key: EnvironmentKey; readonly orderId: string; readonly by: Actor }
  | { readonly kind: 'tell'; readonly tellings: readonly Telling[] };

export interface PreviewStep {
  readonly state: PreviewState;
  readonly effects: readonly PreviewEffect[];
}

export const sameState = (state: PreviewState): PreviewStep => ({ state, effects: [] });

/** One step after another, as one. */
export function stepThen(first: PreviewStep, next: (state: PreviewState) => PreviewStep): PreviewStep {
  const { state, effects } = next(first.state);
  return { state, effects: [...first.effects, ...effects] };
}

/** The state of a preview that begins. */
export const beginning = (pull: PullRef, now: number): PreviewState => ({
  ...{
    pull,
    began: now,
    isRecalled: false,
    wanted: null,
    pending: [],
    answers: [],
    rules: null,
    slot: 'none',
    place: null,
  },
  ...{ owner: null, createdAt: null, expiresAt: null, services: [], looking: 'no', reading: false, note: null },
  ...{ stopped: false, toldClosed: false, endedBy: SYSTEM, orders: 0 },
});

const newService = (key: ServiceKey): ServiceState => ({
  ...{ key, serial: 0, ordering: null, release: null, live: null, releaseId: null, deploymentId: null },
  ...{ failure: null, stands: false, removing: null },
});

const isSameKey = (one: ServiceKey, other: ServiceKey): boolean =>
  one.project === other.project && one.service === other.service;

export const serviceState = ({ services }: Pick<PreviewState, 'services'>, key: ServiceKey): ServiceState | undefined =>
  services.find((one) => isSameKey(one.key, key));

/** Changes one service, which comes into being with that. */
export function withService(
  state: PreviewState,
  key: ServiceKey,
  change: (service: ServiceState) => ServiceState,
): PreviewState {
  const known = serviceState(state, key);
  const changed = change(known ?? newService({ project: key.project, service: key.service }));
  return {
    ...state,
    services: known ? state.services.map((one) => (one === known ? changed : one)) : [...state.services, changed],
  };
}

/** A new order's id: no order of this pull request has it, also of previews before this one. At most 60 of `a-z 0-9 -`. */
export function newOrder(state: PreviewState): { readonly state: PreviewState; readonly orderId: string } {
  const { pull, began } = state;
  const orders = state.orders + 1;
  const parts = ['preview', pull.repositoryId, pull.number, began.toString(36), orders];
  return { state: { ...state, orders }, orderId: parts.join('-') };
}

/** True while anything of it is there, or may come. */
export const isLeft = ({ ordering, stands, removing }: ServiceState): boolean =>
  ordering !== null || stands || removing !== null;
