/** What a command means once it is known what its repository has. */
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
  /** `null`: it was said on an issue, or its pull request does not matter. */
  readonly pull: PullRequestFacts | null;
}

export interface PullRequestFacts {
  /** The head's. */
  readonly commit: string;
  /** Of one that was merged. */
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
      /** What is added to it, once GitHub has said how far they are. */
      readonly gaps?: readonly Gap[];
    }
  /** What it was not clear about, and what there is. */
  | { readonly kind: 'refusal'; readonly text: Markdown };
