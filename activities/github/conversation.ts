import { gitHubOrigin } from '../../contracts/config/service.ts';
import type { GitHubId } from '../../contracts/core/github-id.ts';
import { asParameter } from './octokit.ts';
import { gitHubId } from '../../contracts/core/github-id-fields.ts';
import { z } from 'zod';
import type { Conversation } from '../../contracts/github/comment.ts';
import type { Tries } from './tries.ts';
import type { AppClient } from './app-client.ts';
import type { GitHubCall, GitHubClient } from './client.ts';
import type { EditReply, PostReply, ReactToComment } from './conversation.port.ts';
import { PER_PAGE, everyPage } from './every-page.ts';
import { ourLogin } from './our-login.ts';
import { replyBody, replyMarker } from './reply-text.ts';

const Created = z.object({ id: gitHubId });
const Comments = z.array(
  z.object({
    id: gitHubId,
    body: z.string().nullish(),
    user: z.object({ login: z.string() }).nullable(),
  }),
);

/** @param publicUrl - Landfall's address for people; links begin with it. Without a slash at its end. */
export function createConversations(client: GitHubClient, app: AppClient, publicUrl: string) {
  const call = <T>(to: Conversation, what: string, answer: z.ZodType<T>, signal: AbortSignal): GitHubCall<T> => ({
    origin: gitHubOrigin(to),
    // Comments of pull requests take the permission on those (GitHub REST, "Create an issue comment").
    permissions: to.isPullRequest ? { pull_requests: 'write' } : { issues: 'write' },
    what: `${what} #${to.number}`,
    answer,
    signal,
  });

  async function find({ conversation, orderId }: PostReply, signal: AbortSignal): Promise<GitHubId | undefined> {
    const author = await ourLogin(app, signal);
    const look = call(conversation, 'Reading the comments on', Comments, signal);
    const of = { issue_number: conversation.number, per_page: PER_PAGE };
    const comments = await everyPage((page) =>
      client.call(look, (github, repository) => github.rest.issues.listComments({ ...repository, ...of, page })),
    );
    // The oldest, so that two who look at the same time agree.
    return comments.find(({ user, body }) => user?.login === author && body?.startsWith(replyMarker(orderId)))?.id;
  }

  return {
    /** See `ConversationActivities.reactToComment`. */
    async react({ conversation, commentId, reaction }: ReactToComment, signal: AbortSignal): Promise<void> {
      const react = call(conversation, 'Reacting to a comment on', Created, signal);
      await client.call(react, (github, repository) =>
        github.rest.reactions.createForIssueComment({
          ...repository,
          comment_id: asParameter(commentId),
          content: reaction,
        }),
      );
    },

    /** See `ConversationActivities.postReply`. */
    async post(reply: PostReply, { mayBeDone, signal }: Tries): Promise<GitHubId> {
      const found = mayBeDone ? await find(reply, signal) : undefined;
      if (found !== undefined) return found;
      const { conversation, orderId, text } = reply;
      const post = call(conversation, 'Commenting on', Created, signal);
      const comment = { issue_number: conversation.number, body: replyBody(orderId, text, publicUrl) };
      const { id } = await client.call(post, (github, repository) =>
        github.rest.issues.createComment({ ...repository, ...comment }),
      );
      return id;
    },

    /** See `ConversationActivities.editReply`. */
    async edit({ conversation, orderId, text, replyId }: EditReply, signal: AbortSignal): Promise<void> {
      const edit = call(conversation, 'Editing a comment on', Created, signal);
      const comment = { comment_id: asParameter(replyId), body: replyBody(orderId, text, publicUrl) };
      await client.call(edit, (github, repository) => github.rest.issues.updateComment({ ...repository, ...comment }));
    },
  };
}
