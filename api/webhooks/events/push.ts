import { z } from 'zod';
import { deliveryWorkflowId } from '../../../contracts/core/ids.ts';
import { COMMIT, isRefName } from '../../../contracts/core/names.ts';
import { actorOf, ignored, invalid, ofRepository } from './reading.ts';
import type { Reader } from './reading.ts';

const Push = z.object({
  ref: z.string().max(1024),
  // It may be absent from an old server.
  after: z.string().regex(COMMIT).optional(),
  deleted: z.boolean().default(false),
  ...ofRepository,
});

const BRANCH = 'refs/heads/';

/** Something was pushed to a branch; which commit is its head is read again later. */
export const readPush: Reader = (deliveryId, payload) => {
  const parsed = Push.safeParse(payload);
  if (!parsed.success) return invalid('push', parsed.error);
  const { ref, after, deleted, repository, installation, sender } = parsed.data;
  if (!ref.startsWith(BRANCH)) return ignored('it concerns a tag or another ref, not a branch', 'not_a_branch');
  const branch = ref.slice(BRANCH.length);
  if (!isRefName(branch)) return ignored('the branch name holds characters that are not safe to use', 'unsafe_name');
  if (deleted) return ignored(`branch ${branch} was deleted`, 'branch_deleted');
  return {
    kind: 'handover',
    handover: {
      kind: 'push',
      requestKey: deliveryWorkflowId(deliveryId),
      repositoryId: repository.id,
      repository: repository.full_name,
      installationId: installation?.id ?? null,
      branch,
      ...(after !== undefined && { commit: after }),
      actor: actorOf(sender),
    },
  };
};
