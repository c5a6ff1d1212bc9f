/** The workflows' actions on pull requests and issues. `createConversationActivities` beside it implements them. */
import type { GitHubId } from '../../contracts/core/github-id.ts';
import type { Conversation } from '../../contracts/github/comment.ts';
import type { Markdown } from '../../contracts/core/markdown.ts';
import type { Distance } from '../../contracts/github/commit-distance.ts';

/** GitHub's names (REST, "Create reaction for an issue comment"); those that we use. */
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

export interface KeepComment {
  readonly conversation: Conversation;
  /** There is one comment of ours for each, found again by it. A word. */
  readonly mark: string;
  /** Links that begin with `/` lead to Landfall's pages. */
  readonly text: Markdown;
  /** `null`: it is looked for, and made where there is none. */
  readonly commentId: GitHubId | null;
}

export interface PullRequestQuestion {
  readonly conversation: Conversation;
  /** The time of the comment about its head; `null`: the caller needs no comparison with the head's push. */
  readonly spokenOfAt: number | null;
}

export interface PullRequest {
  readonly state: 'open' | 'closed' | 'merged';
  /** The head's, pinned: read once. */
  readonly commit: string;
  readonly branch: string;
  /** The branch is another repository's. */
  readonly fork: boolean;
  /** The merge commit. */
  readonly mergedAs: string | null;
  /**
   * Says whether the head was pushed before or after the comment, by GitHub's own clock: commit dates are whatever
   * their author chose. `unknown`: GitHub does not report the push, or there is no comment to compare with.
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
  /** Shows the text in the one comment with this mark; a comment that a person has deleted is made again. @returns its id */
  keepComment(comment: KeepComment): Promise<GitHubId>;
  /** @throws `GitHubNotFound` also for an issue that is no pull request */
  readPullRequest(question: PullRequestQuestion): Promise<PullRequest>;
  /** In the same order; `null`: one of the two is gone, or they have nothing in common. One call for each that differs. */
  distances(question: DistanceQuestion): Promise<readonly (Distance | null)[]>;
}
