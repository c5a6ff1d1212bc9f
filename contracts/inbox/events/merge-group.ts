import { z } from 'zod';
import { deliveryWorkflowId } from '../../core/ids.ts';
import { COMMIT } from '../../core/names.ts';
import { commitToCheck, type CommitToCheck } from './commit-to-check.ts';
import { actorOf, ignored, invalid, ofRepository } from './event.ts';
import type { GitHubEvent, Reading } from './event.ts';

const Payload = z.object({
  action: z.string().max(100),
  merge_group: z.object({ head_sha: z.string().regex(COMMIT), base_ref: z.string().max(1024) }),
  ...ofRepository,
});

function read(deliveryId: string, payload: unknown): Reading<CommitToCheck> {
  const parsed = Payload.safeParse(payload);
  if (!parsed.success) return invalid(parsed.error);
  const { action, merge_group: group, repository, installation, sender } = parsed.data;
  if (action !== 'checks_requested') return ignored(`the merge group is ${action}`, 'action_not_used');
  return {
    kind: 'handover',
    handover: {
      kind: 'commit-check',
      requestKey: deliveryWorkflowId(deliveryId),
      repositoryId: repository.id,
      repository: repository.full_name,
      installationId: installation?.id ?? null,
      branch: group.base_ref.replace(/^refs\/heads\//, ''),
      commit: group.head_sha,
      actor: actorOf(sender),
    },
  };
}

/** A merge queue asks for its checks; without ours, where it is required, nothing is merged. */
export const mergeGroupEvent = {
  event: 'merge_group',
  read,
  work: { 'commit-check': commitToCheck },
} as const satisfies GitHubEvent<CommitToCheck>;
