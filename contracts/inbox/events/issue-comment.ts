import { z } from 'zod';
import { orderPrefix, type CommentCommand } from '../../github/comment.ts';
import { commandWorkflowId } from '../../core/ids.ts';
import { readCommand } from '../../github/read-command.ts';
import { actorOf, id, ignored, issueNumber, invalid, ofRepository } from './event.ts';
import type { GitHubEvent, Reading } from './event.ts';

const Payload = z.object({
  action: z.string().max(100),
  issue: z.object({
    number: issueNumber,
    /** Only there when it is a pull request. */
    pull_request: z.unknown().optional(),
  }),
  comment: z.object({
    id,
    // GitHub takes no longer one.
    body: z.string().max(65_536).nullish(),
    created_at: z.iso.datetime({ offset: true }),
    user: z.object({ login: z.string(), type: z.string().max(100).nullish() }).nullish(),
    /** An App has written it: perhaps we. */
    performed_via_github_app: z.unknown().nullish(),
  }),
  ...ofRepository,
});

function read(_deliveryId: string, payload: unknown): Reading<CommentCommand> {
  const parsed = Payload.safeParse(payload);
  if (!parsed.success) return invalid(parsed.error);
  const { action, issue, comment, repository, installation, sender } = parsed.data;
  if (action !== 'created') return ignored(`a comment was ${action}; only new ones are commands`);
  const asked = readCommand(comment.body ?? '');
  if (!asked) return ignored('the comment does not begin with a command', 'no_command');
  if (!sender || !comment.user || isBot(comment.user) || (comment.performed_via_github_app ?? null) !== null) {
    return ignored('a bot has written it', 'by_bot');
  }
  if (sender.login !== comment.user.login) return ignored('its sender is not its author', 'not_the_author');
  if (!installation)
    return ignored('it names no installation, so there could be no answer: install the GitHub App', 'no_installation');
  const conversation = {
    ...{ repositoryId: repository.id, repository: repository.full_name, installationId: installation.id },
    ...{ number: issue.number, isPullRequest: (issue.pull_request ?? null) !== null },
  };
  return {
    kind: 'handover',
    handover: {
      kind: 'command',
      orderId: `${orderPrefix(conversation)}${comment.id}`,
      conversation,
      commentId: comment.id,
      commentedAt: Date.parse(comment.created_at),
      asked,
      actor: actorOf(sender),
    },
  };
}

const isBot = ({ login, type }: { readonly login: string; readonly type?: string | null | undefined }): boolean =>
  type === 'Bot' || login.endsWith('[bot]');

/** A comment on a pull request or an issue; one that begins with a command is for us. Carries no commit. */
export const issueCommentEvent = {
  event: 'issue_comment',
  read,
  work: {
    command: {
      workflow: 'command',
      ifLost: 'answer',
      // A comment that two webhooks report is one command.
      workflowId: ({ orderId }) => commandWorkflowId(orderId),
      summary: ({ asked, conversation: { repository, number } }) =>
        `/${asked.kind === 'command' ? asked.command.verb : asked.kind} on ${repository}#${String(number)}`,
    },
  },
} as const satisfies GitHubEvent<CommentCommand>;
