/** What workflows do on pull requests and issues. `createConversationActivities` beside it does it. */
import type { GitHubId } from '../../contracts/core/github-id.ts';
import type { Conversation } from '../../contracts/github/comment.ts';
import type { Markdown } from '../../contracts/core/markdown.ts';
import type { Distance } from '../../contracts/github/commit-distance.ts';

/** As GitHub names them (REST, "Create reaction for an issue comment"); those that we use. */
export type Reaction = 'eyes' | 'rocket' | '+1' | '-1' | 'confused';

export interface ReactToComment {
  readonly conversation: Conversation;
  readonly commentId: GitHubId;
  readonly reaction: Reaction;
}

export interface PostReply {
  readonly conversation: Conversation;
  /** There is one reply for each; found again by it. */
  readonly orderId: string;
  /** Links that begin with `/` lead to Landfall's pages. */
  readonly text: Markdown;
}

export interface EditReply extends PostReply {
  readonly replyId: GitHubId;
}

export interface PullRequestQuestion {
  readonly conversation: Conversation;
  /** When somebody spoke of its head; `null`: nobody asks which head they had before their eyes. */
  readonly spokenOfAt: number | null;
}

export interface PullRequest {
  readonly state: 'open' | 'closed' | 'merged';
  /** The head's, pinned: read once. */
  readonly commit: string;
  readonly branch: string;
  /** The branch is another repository's. */
  readonly fork: boolean;
  /** Of one that was merged. */
  readonly mergedAs: string | null;
  /**
   * Whether the head was pushed before it was spoken of, by GitHub's own clock: the dates of commits are whatever their
   * author says. `unknown`: GitHub does not tell when it was pushed, or was not asked.
   */
  readonly head: 'before' | 'after' | 'unknown';
}

export interface DistanceQuestion {
  readonly conversation: Conversation;
  /** `from` is a commit; `to` may be a branch as well. */
  readonly between: readonly { readonly from: string; readonly to: string }[];
}

/** @throws `GitHub*` */
export interface ConversationActivities {
  /** Reacts; having reacted so before is no error. */
  reactToComment(reaction: ReactToComment): Promise<void>;
  /** Comments, or finds our own comment for the same order. @returns GitHub's id */
  postReply(reply: PostReply): Promise<GitHubId>;
  /** Replaces the comment's text. */
  editReply(reply: EditReply): Promise<void>;
  /** @throws `GitHubNotFound` also for an issue that is no pull request */
  readPullRequest(question: PullRequestQuestion): Promise<PullRequest>;
  /** In the same order; `null`: one of the two is gone, or they have nothing in common. One call for each that differs. */
  distances(question: DistanceQuestion): Promise<readonly (Distance | null)[]>;
}
