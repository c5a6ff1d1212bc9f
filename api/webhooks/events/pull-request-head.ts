import { z } from 'zod';
import { deliveryWorkflowId } from '../../../contracts/ids.ts';
import { COMMIT } from '../../../contracts/names.ts';
import { actorOf, ignored, invalid, ofRepository } from './reading.ts';
import type { Reader } from './reading.ts';

const PullRequest = z.object({
  action: z.string().max(100),
  pull_request: z.object({
    head: z.object({ sha: z.string().regex(COMMIT) }),
    base: z.object({ ref: z.string().max(1024) }),
  }),
  ...ofRepository,
});

/** Those that bring a head that nobody has checked. */
const NEW_HEAD: ReadonlySet<string> = new Set(['opened', 'reopened', 'synchronize']);

/** A pull request has a new head: where our check is required, it cannot be merged or queued without it. */
export const readPullRequestHead: Reader = (deliveryId, payload) => {
  const parsed = PullRequest.safeParse(payload);
  if (!parsed.success) return invalid('pull_request', parsed.error);
  const { action, pull_request: pull, repository, installation, sender } = parsed.data;
  if (!NEW_HEAD.has(action)) return ignored(`the pull request is ${action}`, 'action_not_used');
  return {
    kind: 'handover',
    handover: {
      kind: 'commit-check',
      requestKey: deliveryWorkflowId(deliveryId),
      repositoryId: repository.id,
      repository: repository.full_name,
      installationId: installation?.id ?? null,
      branch: pull.base.ref,
      commit: pull.head.sha,
      actor: actorOf(sender),
    },
  };
};
