import type { GitHubId } from '../../contracts/core/github-id.ts';
import { isCancellation, log, proxyActivities } from '@temporalio/workflow';
import type { ConversationActivities, Reaction } from '../../activities/github/conversation.port.ts';
import type { Markdown } from '../../contracts/core/markdown.ts';
import type { CommentCommand } from '../../contracts/github/comment.ts';
import { telling } from '../lib/activity-options.ts';
import { LatestWins } from '../reporting/latest-wins.ts';

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
  readonly #gitHub = new LatestWins<Said>({
    failed: 'GitHub could not be answered',
    send: (said) => this.#show(said),
  });
  #acknowledged = false;
  #id: GitHubId | undefined;
  #sent: Markdown | undefined;

  constructor(to: CommentCommand) {
    this.#to = to;
  }

  /** Shows that the command has been seen; returns at once. */
  acknowledge(): void {
    this.#gitHub.say(SEEN);
  }

  /** Returns at once. @param text - links that begin with `/` lead to our pages */
  say(text: Markdown): void {
    this.#gitHub.say({ text });
  }

  /** Says the last words, if there are any, and then reacts to them; waits until GitHub has it all, at most `limitMs`. */
  async conclude(text: Markdown | null, reaction: Reaction, limitMs: number): Promise<void> {
    this.#gitHub.say({ ...(text !== null && { text }), reaction });
    await this.#gitHub.settle(limitMs);
  }

  async #show(said: Said): Promise<Said> {
    if (!this.#acknowledged) {
      await this.#react('eyes');
      this.#acknowledged = true;
      // Later attempts may have another text to write.
      return SEEN;
    }
    const { text, reaction } = said;
    if (text !== undefined && text !== this.#sent) await this.#send(text);
    this.#sent = text;
    if (reaction !== undefined) await this.#react(reaction);
    return said;
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

interface Said {
  readonly text?: Markdown;
  /** To the command, once it has the text. */
  readonly reaction?: Reaction;
}

const SEEN: Said = {};

/** A comment that is gone, a locked conversation, a permission that is missing: the order is carried out all the same. */
async function attempt(work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => {
    if (isCancellation(error)) throw error;
    log.warn('GitHub could not be answered', { error });
  });
}
