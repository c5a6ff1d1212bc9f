/** The meaning of a command, once the contents of its repository are known. */
import type { Markdown } from '../core/markdown.ts';
import type { Actor } from '../core/actor.ts';
import type { PersonCommand } from './command.ts';
import type { Conversation } from './comment.ts';
import type { Trigger } from '../admission/delivery.ts';
import type { Gap } from './commit-distance.ts';
import type { Order } from './order.ts';

export interface CommandQuestion {
  readonly orderId: string;
  readonly by: Actor;
  readonly conversation: Conversation;
  readonly command: PersonCommand;
  /** In milliseconds since the epoch. */
  readonly commentedAt: number;
  /** `null`: the comment stands on an issue, or its pull request does not matter. */
  readonly pull: PullRequestFacts | null;
}

export interface PullRequestFacts {
  /** The head's. */
  readonly commit: string;
  /** The commit of a pull request that was merged. */
  readonly mergedAs: string | null;
}

export type Resolution =
  | {
      readonly kind: 'order';
      readonly order: Order;
      /** The release that it is about, where that is known before. */
      readonly releaseId: string | null;
    }
  | { readonly kind: 'plan'; readonly trigger: Trigger }
  | {
      readonly kind: 'answer';
      readonly text: Markdown;
      /** The gaps that are added to it, once GitHub has counted them. */
      readonly gaps?: readonly Gap[];
    }
  /** The point that was not clear, and the choices. */
  | { readonly kind: 'refusal'; readonly text: Markdown };
