import { z } from 'zod';
import { orderPrefix, type PullRequestClosed } from '../../github/comment.ts';
import { deliveryWorkflowId } from '../../core/ids.ts';
import { COMMIT } from '../../core/names.ts';
import { commitToCheck, type CommitToCheck } from './commit-to-check.ts';
import { actorOf, issueNumber, ignored, invalid, ofRepository } from './event.ts';
import type { GitHubEvent, Reading } from './event.ts';

const Payload = z.object({
  action: z.string().max(100),
  number: issueNumber,
  pull_request: z.object({
    head: z.object({ sha: z.string().regex(COMMIT) }),
    base: z.object({ ref: z.string().max(1024) }),
    closed_at: z.iso.datetime({ offset: true }).nullish(),
  }),
  ...ofRepository,
});

/** Actions that bring a head without a check. */
const NEW_HEAD: ReadonlySet<string> = new Set(['opened', 'reopened', 'synchronize']);

function read(deliveryId: string, payload: unknown): Reading<CommitToCheck | PullRequestClosed> {
  const parsed = Payload.safeParse(payload);
  if (!parsed.success) return invalid(parsed.error);
  const { action, number, pull_request: pull, repository, installation, sender } = parsed.data;
  const about = { repositoryId: repository.id, repository: repository.full_name, actor: actorOf(sender) };
  if (NEW_HEAD.has(action)) {
    return {
      kind: 'handover',
      handover: {
        kind: 'commit-check',
        requestKey: deliveryWorkflowId(deliveryId),
        ...about,
        installationId: installation?.id ?? null,
        branch: pull.base.ref,
        commit: pull.head.sha,
      },
    };
  }
  if (action !== 'closed') return ignored(`the pull request is ${action}`, 'action_not_used');
  return {
    kind: 'handover',
    handover: {
      kind: 'pull-request-closed',
      // It may be opened and closed again.
      orderId: `${orderPrefix({ repositoryId: repository.id, number })}${deliveryId.slice(-12)}`,
      number,
      ...(pull.closed_at && { closedAt: Date.parse(pull.closed_at) }),
      ...about,
    },
  };
}

/** A new head, which cannot be merged or queued without our check where that is required; or the pull request's end. */
export const pullRequestEvent = {
  event: 'pull_request',
  read,
  work: {
    'commit-check': commitToCheck,
    'pull-request-closed': {
      workflow: 'pullRequestClosed',
      ifLost: 'again',
      summary: ({ repository, number }) => `close of ${repository}#${String(number)}`,
    },
  },
} as const satisfies GitHubEvent<CommitToCheck | PullRequestClosed>;
