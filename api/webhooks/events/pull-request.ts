import { z } from 'zod';
import { orderPrefix } from '../../../contracts/github/comment.ts';
import { deliveryWorkflowId } from '../../../contracts/core/ids.ts';
import { COMMIT } from '../../../contracts/core/names.ts';
import { actorOf, issueNumber, ignored, invalid, ofRepository } from './reading.ts';
import type { Reader } from './reading.ts';

const PullRequest = z.object({
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

/** A new head, which cannot be merged or queued without our check where that is required; or the pull request's end. */
export const readPullRequest: Reader = (deliveryId, payload) => {
  const parsed = PullRequest.safeParse(payload);
  if (!parsed.success) return invalid('pull_request', parsed.error);
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
};
