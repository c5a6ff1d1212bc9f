/** Events on pull requests and issues, as far as they concern us. */
import type { GitHubId } from '../core/github-id.ts';
import type { Actor } from '../core/actor.ts';
import type { PullChange } from '../deployment/preview.ts';
import type { ReadCommand } from './command.ts';

/** The pull request or issue. A pull request is an issue with the same number. */
export interface Conversation {
  readonly repositoryId: GitHubId;
  /** `owner/name` as of now. */
  readonly repository: string;
  readonly installationId: GitHubId;
  readonly number: number;
  readonly isPullRequest: boolean;
}

/** A comment that addresses us. */
export interface CommentCommand {
  readonly kind: 'command';
  /** The comment's own: a second event about it is the same order. See {@link orderPrefix}. */
  readonly orderId: string;
  readonly conversation: Conversation;
  readonly commentId: GitHubId;
  /** In milliseconds since the epoch; GitHub tells whole seconds. */
  readonly commentedAt: number;
  readonly asked: ReadCommand;
  /** The workflow that carried it out is gone: its author gets a note, and nothing is done. */
  readonly lost?: boolean;
  readonly actor: Actor;
}

/** A pull request was merged or closed: what was held for it is given back. */
export interface PullRequestClosed {
  readonly kind: 'pull-request-closed';
  readonly orderId: string;
  readonly repositoryId: GitHubId;
  readonly repository: string;
  readonly number: number;
  /** In milliseconds since the epoch, by GitHub's clock. */
  readonly closedAt?: number;
  /** The same for its preview; absent where the webhook names no installation. */
  readonly change?: PullChange;
  readonly actor: Actor;
}

/** A label was put on a pull request. */
export interface PullRequestLabeled {
  readonly kind: 'pull-request-labeled';
  readonly change: PullChange;
  readonly actor: Actor;
}

/** Begins the ids of all orders that were placed on one pull request or issue. */
export const orderPrefix = ({ repositoryId, number }: Pick<Conversation, 'repositoryId' | 'number'>): string =>
  `comment-${repositoryId}-${number}-`;

/** The tie of a lock that ends with the pull request or issue on which it was taken. */
export const lockTie = ({ repositoryId, number }: Pick<Conversation, 'repositoryId' | 'number'>): string =>
  `${repositoryId}#${number}`;
