import {
  CancellationScope,
  allHandlersFinished,
  condition,
  continueAsNew,
  log,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { RecallActivities } from '../../activities/records/recall.port.ts';
import type { Telling } from '../../activities/records/records.port.ts';
import type { GitHubId } from '../../contracts/core/github-id.ts';
import type { PreviewAnswer, PreviewRecall, PullKey } from '../../contracts/deployment/preview.ts';
import { recallCall } from '../lib/activity-options.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';
import {
  environmentGone,
  previewRequest,
  previewState,
  pullRequestChanged,
  slotNews,
  type PreviewStart,
} from '../messages/preview.messages.ts';
import { ReleaseSubscription } from '../orders/release-subscription.ts';
import { leaveTellings } from '../reporting/defer-report.ts';
import { StoreRecorder } from '../reporting/store-recorder.ts';
import { PreviewEffects, type PreviewMachine } from './effects.ts';
import { unwant } from './machine/end.ts';
import { environmentEnded, granted, placed, pullChanged, slotRefused } from './machine/news.ts';
import { isGone, proceed, resumed } from './machine/proceed.ts';
import { previewRecalled, requested } from './machine/requests.ts';
import { stepThen, beginning, sameState, type PreviewEffect, type PreviewState } from './machine/state.ts';
import { previewWakesAt } from './machine/time.ts';
import { previewView } from './machine/view.ts';
import { ShownPreview } from './shown-preview.ts';

const { recallPreview } = proxyActivities<RecallActivities>({ ...recallCall, summary: 'recall what stands' });

/** The first run is given the pull request only. */
interface PreviewInput extends PreviewStart {
  readonly state?: PreviewState;
  readonly commentId?: GitHubId;
  /** Reports that did not reach the store before. */
  readonly untold?: readonly Telling[];
}

/**
 * The preview of one pull request: an entity that owns its environments and their end. Nothing is decided here:
 * `machine/` says what follows from what, and this workflow carries it out.
 *
 * It ends only when nothing of the preview is left, by the account of its environments. A cancel is an order to stop.
 */
export async function preview(input: PreviewInput): Promise<void> {
  const { cancelRequested } = CancellationScope.current();
  return CancellationScope.nonCancellable(() => runPreview(input, cancelRequested));
}

async function runPreview(input: PreviewInput, cancelRequested: Promise<never>): Promise<void> {
  let state = input.state ?? beginning(input.pull, Date.now());
  const releases = new ReleaseSubscription();
  const store = new StoreRecorder(input.untold);
  const shown = new ShownPreview(store, input.commentId);
  const machine: PreviewMachine = {
    state: () => state,
    take(step) {
      const now = Date.now();
      const taken = stepThen(step(state, now), (next) => proceed(next, now));
      state = taken.state;
      shown.show(state);
      perform(taken.effects);
    },
  };
  const { take } = machine;
  // Handlers do not run inside of what called this: a cancel of the workflow would reach what they begin.
  const shielded = <T>(work: () => Promise<T>): Promise<T> => CancellationScope.nonCancellable(work);
  const perform = (all: readonly PreviewEffect[]): void =>
    void shielded(async () => {
      for (const effect of all) effects.perform(effect);
    });
  const effects = new PreviewEffects(machine, store, releases);
  // Nothing is decided before the store has said what stands; messages are heard then, in their order.
  const isKnown = () => state.isRecalled;
  const answerTo = (orderId: string): PreviewAnswer | undefined =>
    state.answers.find((one) => one.orderId === orderId)?.answer;

  setHandler(previewState, () => previewView(state));
  setHandler(previewRequest, (request) =>
    shielded(async (): Promise<PreviewAnswer> => {
      await condition(isKnown);
      take((now, at) => requested(now, request, at));
      await condition(() => answerTo(request.orderId) !== undefined, TIMEOUTS.preview.answerMs);
      const answer = answerTo(request.orderId);
      if (!answer) shown.answersLate();
      return answer ?? { kind: 'accepted' };
    }),
  );
  setHandler(pullRequestChanged, (change) =>
    shielded(async () => {
      await condition(isKnown);
      take((now) => pullChanged(now, change));
    }),
  );
  setHandler(environmentGone, (end) => take((now, at) => environmentEnded(now, end, at)));
  setHandler(slotNews, (news) =>
    take((now, at) => {
      if (news.kind === 'granted') return sameState(granted(now, at));
      if (news.kind === 'place') return sameState(placed(now, news.place));
      return news.kind === 'refused' ? slotRefused(now, news.why, at) : sameState(now);
    }),
  );
  cancelRequested.catch(() =>
    shielded(async () => {
      await condition(isKnown);
      take((now, at) => unwant({ ...now, stopped: true }, { reason: 'cancelled' }, at));
    }),
  );

  if (!state.isRecalled) {
    const known = await recall(input.pull);
    take((now) => sameState(previewRecalled(now, known)));
  }
  perform(resumed(state));
  take(sameState);

  for (;;) {
    while (!isGone(state) && !mayRenew()) await untilItChanges();
    if (isGone(state) ? await hasEnded() : await mayRunAnew()) break;
  }
  // A message that arrives after this look has the server refuse the end, and is heard first.
  if (isGone(state)) return;
  const { commentId } = shown;
  await continueAsNew<typeof preview>({
    pull: state.pull,
    state,
    ...(commentId && { commentId }),
    untold: store.untold,
  });

  function mayRenew(): boolean {
    return isTimeToRenew() && !effects.isBusy && allHandlersFinished();
  }

  async function untilItChanges(): Promise<void> {
    const at = previewWakesAt(state);
    const changed = () => isGone(state) || mayRenew() || previewWakesAt(state) !== at;
    if (at === null) await condition(changed);
    else if (!(await condition(changed, Math.max(1, at - Date.now())))) take(sameState);
  }

  async function mayRunAnew(): Promise<boolean> {
    await shown.settle(TIMEOUTS.settle.newRunMs);
    return !isGone(state) && mayRenew();
  }

  /** Waits until the pull request and the store know of the end. @returns false when it is wanted again meanwhile */
  async function hasEnded(): Promise<boolean> {
    let isSettled = false;
    void shown.settle(TIMEOUTS.settle.lastWordsMs).then(() => (isSettled = true));
    await condition(() => isSettled || !isGone(state));
    if (!isGone(state)) return false;
    const untold = await store.settle(TIMEOUTS.settle.endMs);
    store.keepNewest(0);
    await leaveTellings(`${workflowInfo().workflowId}.${workflowInfo().runId}`, untold);
    await condition(allHandlersFinished);
    return isGone(state);
  }
}

/** Resolves only with the store's answer. */
async function recall(pull: PullKey): Promise<PreviewRecall> {
  for (;;) {
    try {
      return await recallPreview(pull);
    } catch (error) {
      log.error('the preview begins nothing: what stands of it cannot be recalled', { error });
      await sleep(TIMEOUTS.environment.recallAgainMs);
    }
  }
}

function isTimeToRenew(): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > TIMEOUTS.preview.renewalEvents;
}
