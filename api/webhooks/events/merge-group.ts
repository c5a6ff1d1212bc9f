import { z } from 'zod';
import { deliveryWorkflowId } from '../../../contracts/core/ids.ts';
import { COMMIT } from '../../../contracts/core/names.ts';
import { actorOf, ignored, invalid, ofRepository } from './reading.ts';
import type { Reader } from './reading.ts';

const MergeGroup = z.object({
  action: z.string().max(100),
  merge_group: z.object({ head_sha: z.string().regex(COMMIT), base_ref: z.string().max(1024) }),
  ...ofRepository,
});

/** A merge queue asks for its checks; without ours, where it is required, nothing is merged. */
export const readMergeGroup: Reader = (deliveryId, payload) => {
  const parsed = MergeGroup.safeParse(payload);
  if (!parsed.success) return invalid('merge_group', parsed.error);
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
};
