import { isCancellation, log, proxyActivities } from '@temporalio/workflow';
import type { ConversationActivities, Reaction } from '../../activities/github/conversation.port.ts';
import type { CommentCommand } from '../../contracts/comment.ts';
import { telling } from './activity-options.ts';
import { Beside } from './beside.ts';

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
  readonly #beside = new Beside();
  #reactions: readonly Reaction[] = [];
  #id: number | undefined;
  #wanted: string | undefined;
  #sent: string | undefined;

  constructor(to: CommentCommand) {
    this.#to = to;
  }

  /** Returns at once. */
  react(reaction: Reaction): void {
    this.#reactions = [...this.#reactions, reaction];
    this.#beside.start(() => this.#work());
  }

  /** Returns at once. @param text - Markdown; links that begin with `/` lead to our pages */
  say(text: string): void {
    this.#wanted = text;
    this.#beside.start(() => this.#work());
  }

  /** Waits until GitHub has it all, at most `limitMs`. */
  async settle(limitMs: number): Promise<void> {
    await this.#beside.settle(limitMs);
  }

  async #work(): Promise<void> {
    const { conversation, commentId, orderId } = this.#to;
    for (;;) {
      const [reaction] = this.#reactions;
      const text = this.#wanted;
      if (reaction !== undefined) {
        await attempt(() => reactToComment({ conversation, commentId, reaction }));
        this.#reactions = this.#reactions.slice(1);
      } else if (text !== undefined && text !== this.#sent) {
        await attempt(async () => {
          if (this.#id === undefined) this.#id = await postReply({ conversation, orderId, text });
          else await editReply({ conversation, orderId, text, replyId: this.#id });
        });
        this.#sent = text;
      } else return;
    }
  }
}

/** A comment that is gone, a locked conversation, a permission that is missing: the order is carried out all the same. */
async function attempt(work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => {
    if (isCancellation(error)) throw error;
    log.warn('GitHub could not be answered', { error });
  });
}
