import type { GitHubId } from '../../contracts/core/github-id.ts';
import { isCancellation, log, proxyActivities } from '@temporalio/workflow';
import type { ConversationActivities, Reaction } from '../../activities/github/conversation.port.ts';
import type { Markdown } from '../../contracts/core/markdown.ts';
import type { CommentCommand } from '../../contracts/github/comment.ts';
import { telling } from '../lib/activity-options.ts';
import { Background } from '../reporting/background.ts';

const { reactToComment, postReply, editReply } = proxyActivities<ConversationActivities>({
  ...telling,
  summary: 'answer on GitHub',
});

/**
 * The one reply to a command, and the reactions on it: created when there is something to say, then edited in place. Text
 * that is overtaken before GitHub has it is left out.
 */
export class Reply {
  readonly #to: CommentCommand;
  readonly #beside = new Background();
  #acknowledged = false;
  #last: Reaction | undefined;
  #id: GitHubId | undefined;
  #wanted: Markdown | undefined;
  #sent: Markdown | undefined;

  constructor(to: CommentCommand) {
    this.#to = to;
  }

  /** Shows that the command has been seen; returns at once. */
  acknowledge(): void {
    this.#beside.start(() => this.#work());
  }

  /** Returns at once. @param text - links that begin with `/` lead to our pages */
  say(text: Markdown): void {
    this.#wanted = text;
    this.#beside.start(() => this.#work());
  }

  /** Says the last words and then reacts to them; waits until GitHub has it all, at most `limitMs`. */
  async conclude(text: Markdown, reaction: Reaction, limitMs: number): Promise<void> {
    this.#last = reaction;
    this.say(text);
    await this.#beside.settle(limitMs);
  }

  async #work(): Promise<void> {
    if (!this.#acknowledged) await this.#react('eyes');
    this.#acknowledged = true;
    for (let text = this.#wanted; text !== undefined && text !== this.#sent; text = this.#wanted) {
      await this.#send(text);
      this.#sent = text;
    }
    const last = this.#last;
    this.#last = undefined;
    if (last !== undefined) await this.#react(last);
  }

  async #react(reaction: Reaction): Promise<void> {
    const { conversation, commentId } = this.#to;
    await attempt(() => reactToComment({ conversation, commentId, reaction }));
  }

  async #send(text: Markdown): Promise<void> {
    const { conversation, orderId } = this.#to;
    await attempt(async () => {
      if (this.#id === undefined) this.#id = await postReply({ conversation, orderId, text });
      else await editReply({ conversation, orderId, text, replyId: this.#id });
    });
  }
}

/** A comment that is gone, a locked conversation, a permission that is missing: the order is carried out all the same. */
async function attempt(work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => {
    if (isCancellation(error)) throw error;
    log.warn('GitHub could not be answered', { error });
  });
}
