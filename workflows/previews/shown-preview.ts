import { proxyActivities } from '@temporalio/workflow';
import type { ConversationActivities } from '../../activities/github/conversation.port.ts';
import type { GitHubId } from '../../contracts/core/github-id.ts';
import type { PreviewView } from '../../contracts/deployment/preview.ts';
import { telling } from '../lib/activity-options.ts';
import { LatestWins } from '../reporting/latest-wins.ts';
import type { StoreRecorder } from '../reporting/store-recorder.ts';
import { previewComment } from '../../contracts/github/preview-comment.ts';
import type { PreviewState } from './machine/state.ts';
import { recordOf, previewView } from './machine/view.ts';

const { keepComment } = proxyActivities<ConversationActivities>({ ...telling, summary: 'show the preview' });

/** Beside it nothing that was the same before is shown again. */
const isSame = (one: PreviewView, other: PreviewView): boolean => previewComment(one, 0) === previewComment(other, 0);

/** Shows a preview as it is: in the store, and in the one comment on its pull request, which is edited in place. */
export class ShownPreview {
  readonly #store: StoreRecorder;
  readonly #gitHub = new LatestWins<PreviewView>({
    failed: 'GitHub could not show the preview',
    isSame,
    send: (shown) => this.#send(shown),
  });
  #commentId: GitHubId | undefined;
  #recorded = '';
  #isLate = false;

  /** @param commentId - the comment, where a run before this one knew it */
  constructor(store: StoreRecorder, commentId: GitHubId | undefined) {
    this.#store = store;
    this.#commentId = commentId;
  }

  get commentId(): GitHubId | undefined {
    return this.#commentId;
  }

  /** A person went without an answer: the comment gives it. */
  answersLate(): void {
    this.#isLate = true;
  }

  /** Returns at once. A request that was refused before anything came of it is answered where it was made. */
  show(state: PreviewState): void {
    const { createdAt, services, stopped } = state;
    const now = previewView(state);
    if (createdAt === null && services.length === 0 && !stopped && !this.#isLate) return;
    const record = JSON.stringify([now, stopped]);
    if (record !== this.#recorded) {
      this.#recorded = record;
      this.#store.say({ kind: 'recordPreview', record: recordOf(state, Date.now()) });
    }
    if (createdAt !== null || services.length > 0 || this.#isLate) this.#gitHub.say(now);
  }

  /** Waits, at most `limitMs`, until GitHub shows it. */
  async settle(limitMs: number): Promise<void> {
    await this.#gitHub.settle(limitMs);
  }

  async #send(shown: PreviewView): Promise<PreviewView> {
    const conversation = { ...shown.pull, isPullRequest: true };
    const text = previewComment(shown, Date.now());
    const commentId = this.#commentId ?? null;
    this.#commentId = await keepComment({ conversation, mark: 'preview', text, commentId });
    return shown;
  }
}
