import { z } from 'zod';
import type { Trigger } from '../../admission/delivery.ts';
import { deliveryWorkflowId } from '../../core/ids.ts';
import { COMMIT, isRefName } from '../../core/names.ts';
import { actorOf, ignored, invalid, ofRepository } from './event.ts';
import type { GitHubEvent, Reading } from './event.ts';

const Payload = z.object({
  ref: z.string().max(1024),
  // It may be absent from an old server.
  after: z.string().regex(COMMIT).optional(),
  deleted: z.boolean().default(false),
  ...ofRepository,
});

const BRANCH = 'refs/heads/';

type Push = Extract<Trigger, { readonly kind: 'push' }>;

function read(deliveryId: string, payload: unknown): Reading<Push> {
  const parsed = Payload.safeParse(payload);
  if (!parsed.success) return invalid(parsed.error);
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
}

/** Something was pushed to a branch; which commit is its head is read again later. */
export const pushEvent = {
  event: 'push',
  read,
  work: {
    push: {
      workflow: 'delivery',
      ifLost: 'again',
      summary: ({ repository, branch }) => `push to ${repository} ${branch}`,
    },
  },
} as const satisfies GitHubEvent<Push>;
