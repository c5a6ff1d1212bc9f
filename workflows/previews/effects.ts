import { CancellationScope, isCancellation, log, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { PreviewRulesActivities } from '../../activities/admission/preview-rules.port.ts';
import type { ConversationActivities } from '../../activities/github/conversation.port.ts';
import type { PeopleActivities } from '../../activities/people/people.port.ts';
import { FailureType, failureOf } from '../../contracts/core/failures.ts';
import type { PullRef, SeenPull } from '../../contracts/deployment/preview.ts';
import { orderCall, orderRead } from '../lib/activity-options.ts';
import { boundedRead } from '../lib/bounded-read.ts';
import { explain } from '../lib/failure-record.ts';
import { executeOrder } from '../orders/execute-order.ts';
import type { ReleaseSubscription } from '../orders/release-subscription.ts';
import type { StoreRecorder } from '../reporting/store-recorder.ts';
import { ordered, pullSeen, releaseEnded, removalOrdered, type OrderOutcome } from './machine/news.ts';
import { rulesRead } from './machine/requests.ts';
import type { PreviewEffect, PreviewState, PreviewStep } from './machine/state.ts';
import { Slots } from './reach-slots.ts';

const { readPreviewRules } = proxyActivities<PreviewRulesActivities>({
  ...orderRead,
  summary: 'the rules for previews',
});
const { readPullRequest } = proxyActivities<ConversationActivities>({
  ...orderCall,
  summary: 'look at the pull request',
});
const { cancel, removePreview, releaseFacts } = proxyActivities<PeopleActivities>({
  ...orderCall,
  summary: 'carry out an order',
});

/** The state, and the only way to change it. Returns at once: what a step asks for is done beside it. */
export interface PreviewMachine {
  readonly state: () => PreviewState;
  readonly take: (step: (state: PreviewState, now: number) => PreviewStep) => void;
}

type Of<K extends PreviewEffect['kind']> = Extract<PreviewEffect, { readonly kind: K }>;

/** Carries out what the steps of a preview ask for. Nothing here fails: a failure is news for the machine. */
export class PreviewEffects {
  readonly #machine: PreviewMachine;
  readonly #store: StoreRecorder;
  readonly #releases: ReleaseSubscription;
  readonly #slots = new Slots();
  /** Admissions under way, which can be cancelled. */
  readonly #orders = new Map<string, CancellationScope>();
  #calls = 0;

  constructor(machine: PreviewMachine, store: StoreRecorder, releases: ReleaseSubscription) {
    this.#machine = machine;
    this.#store = store;
    this.#releases = releases;
  }

  /** True while a call is under way that a new run would not know of. */
  get isBusy(): boolean {
    return this.#calls > 0 || this.#slots.untold.length > 0;
  }

  perform(effect: PreviewEffect): void {
    switch (effect.kind) {
      case 'read-rules':
        this.#call(() => this.#readRules());
        return;
      case 'look':
        this.#call(() => this.#look());
        return;
      case 'ask-slot':
        this.#slots.say({ kind: 'ask', request: { ...effect.request, id: workflowInfo().workflowId } });
        return;
      case 'give-slot':
        this.#slots.say({ kind: 'give', id: workflowInfo().workflowId });
        return;
      case 'order':
        this.#call(() => this.#order(effect));
        return;
      case 'stop-order':
        return this.#orders.get(effect.orderId)?.cancel();
      case 'cancel-release':
        this.#call(() => this.#cancelRelease(effect));
        return;
      case 'follow':
        return void this.#follow(effect);
      case 'remove':
        this.#call(() => this.#remove(effect));
        return;
      case 'tell':
        this.#store.say(...effect.tellings);
        return;
    }
  }

  #call(work: () => Promise<void>): void {
    this.#calls += 1;
    void work().finally(() => (this.#calls -= 1));
  }

  get #pull(): PullRef {
    return this.#machine.state().pull;
  }

  async #readRules(): Promise<void> {
    const pull = this.#pull;
    const answer = await boundedRead('Reading landfall.yaml', () => readPreviewRules(pull)).catch((error: unknown) => ({
      known: false as const,
      why: explain(error).message,
    }));
    this.#machine.take((state, now) => rulesRead(state, answer, now));
  }

  async #look(): Promise<void> {
    const conversation = { ...this.#pull, isPullRequest: true };
    const seen = await readPullRequest({ conversation, spokenOfAt: null }).catch((error: unknown): SeenPull | null => {
      if (failureOf(error)?.type === FailureType.GitHubNotFound) return { state: 'unseen', commit: '', fork: false };
      log.warn('the pull request cannot be looked at', { error });
      return null;
    });
    this.#machine.take((state, now) => pullSeen(state, seen, now));
  }

  async #order({ key, orderId, commit, by }: Of<'order'>): Promise<void> {
    const scope = new CancellationScope();
    this.#orders.set(orderId, scope);
    const { environment, ...service } = key;
    const order = { kind: 'deploy', orderId, by, key: service, environment, ref: commit } as const;
    const answer = await scope
      .run(() => executeOrder(order))
      .then(
        (result): OrderOutcome => {
          const [releaseId] = result.kind === 'released' ? result.released : [];
          if (releaseId !== undefined) return { kind: 'released', releaseId };
          const message = result.kind === 'released' ? result.skipped.join('\n') : '';
          return { kind: 'failed', failure: { type: FailureType.NothingReleased, message } };
        },
        (error: unknown): OrderOutcome =>
          isCancellation(error) ? { kind: 'stopped' } : { kind: 'failed', failure: explain(error) },
      );
    this.#orders.delete(orderId);
    this.#machine.take((state, now) => ordered(state, key, orderId, answer, now));
  }

  /** It builds for nothing. That it has ended by now is no error, and what it deploys is refused in any case. */
  async #cancelRelease({ releaseId, orderId, by }: Of<'cancel-release'>): Promise<void> {
    const order = { kind: 'cancel', orderId, by, what: { releaseId }, reason: 'its preview is removed' } as const;
    await cancel(order).catch((error: unknown) => log.info('the release goes on, for nothing', { error, releaseId }));
  }

  async #follow({ releaseId }: Of<'follow'>): Promise<void> {
    const result = await releaseFacts(releaseId)
      .then((facts) => this.#releases.follow(facts, () => undefined))
      .catch((error: unknown) => {
        log.error('a release cannot be followed', { error, releaseId });
        return undefined;
      });
    this.#machine.take((state, now) => releaseEnded(state, releaseId, result ?? null, now));
  }

  async #remove({ key, orderId, by }: Of<'remove'>): Promise<void> {
    const follower = workflowInfo().workflowId;
    const reply = await removePreview({ key, orderId, by, follower }).then(
      (kind) => ({ kind }),
      (error: unknown) => ({ kind: 'failed' as const, failure: explain(error) }),
    );
    this.#machine.take((state, now) => removalOrdered(state, key, orderId, reply, now));
  }
}
