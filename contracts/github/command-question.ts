/** A command, with all that decides what it means. */
import type { Actor } from '../core/actor.ts';
import type { PersonCommand } from './command.ts';
import type { Conversation } from './comment.ts';

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
  /** The commit of its head. */
  readonly commit: string;
  /** Its branch is another repository's. */
  readonly fork?: boolean;
  /** The commit of a pull request that was merged. */
  readonly mergedAs: string | null;
}
