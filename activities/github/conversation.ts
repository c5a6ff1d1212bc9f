import { gitHubOrigin } from '../../contracts/config/service.ts';
import type { GitHubId } from '../../contracts/core/github-id.ts';
import { asParameter } from './octokit.ts';
import { gitHubId } from '../../contracts/core/github-id-fields.ts';
import { z } from 'zod';
import { FailureType, failureOf } from '../../contracts/core/failures.ts';
import type { Markdown } from '../../contracts/core/markdown.ts';
import type { Conversation } from '../../contracts/github/comment.ts';
import type { Tries } from './tries.ts';
import type { AppClient } from './app-client.ts';
import type { GitHubCall, GitHubClient } from './client.ts';
import type { EditReply, KeepComment, PostReply, ReactToComment } from './conversation.port.ts';
import { PER_PAGE, everyPage } from './every-page.ts';
import { ourLogin } from './our-login.ts';
import { keptMarker, markedBody, replyBody, replyMarker } from './reply-text.ts';

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

  async function find(conversation: Conversation, marker: string, signal: AbortSignal): Promise<GitHubId | undefined> {
    const author = await ourLogin(app, signal);
    const look = call(conversation, 'Reading the comments on', Comments, signal);
    const of = { issue_number: conversation.number, per_page: PER_PAGE };
    const comments = await everyPage((page) =>
      client.call(look, (github, repository) => github.rest.issues.listComments({ ...repository, ...of, page })),
    );
    // The oldest, so that two who look at the same time agree.
    return comments.find(({ user, body }) => user?.login === author && body?.startsWith(marker))?.id;
  }

  async function create(conversation: Conversation, body: Markdown, signal: AbortSignal): Promise<GitHubId> {
    const post = call(conversation, 'Commenting on', Created, signal);
    const comment = { issue_number: conversation.number, body };
    const { id } = await client.call(post, (github, repository) =>
      github.rest.issues.createComment({ ...repository, ...comment }),
    );
    return id;
  }

  async function change(conversation: Conversation, id: GitHubId, body: Markdown, signal: AbortSignal): Promise<void> {
    const edit = call(conversation, 'Editing a comment on', Created, signal);
    const comment = { comment_id: asParameter(id), body };
    await client.call(edit, (github, repository) => github.rest.issues.updateComment({ ...repository, ...comment }));
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
      const { conversation, orderId, text } = reply;
      const found = mayBeDone ? await find(conversation, replyMarker(orderId), signal) : undefined;
      return found ?? create(conversation, replyBody(orderId, text, publicUrl), signal);
    },

    /** See `ConversationActivities.editReply`. */
    async edit({ conversation, orderId, text, replyId }: EditReply, signal: AbortSignal): Promise<void> {
      await change(conversation, replyId, replyBody(orderId, text, publicUrl), signal);
    },

    /** See `ConversationActivities.keepComment`. */
    async keep({ conversation, mark, text, commentId }: KeepComment, signal: AbortSignal): Promise<GitHubId> {
      const marker = keptMarker(mark);
      const body = markedBody(marker, text, publicUrl);
      const known = commentId ?? (await find(conversation, marker, signal));
      if (known === undefined) return create(conversation, body, signal);
      try {
        await change(conversation, known, body, signal);
        return known;
      } catch (error) {
        if (failureOf(error)?.type !== FailureType.GitHubNotFound) throw error;
        // A person has deleted it. An attempt before this one may have made it again.
        const found = await find(conversation, marker, signal);
        return found === undefined || found === known ? create(conversation, body, signal) : found;
      }
    },
  };
}
