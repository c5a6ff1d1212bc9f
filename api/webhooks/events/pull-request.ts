import { z } from 'zod';
import { orderPrefix } from '../../../contracts/comment.ts';
import { actorOf, id, ignored, invalid, ofRepository } from './reading.ts';
import type { Reader } from './reading.ts';

const PullRequest = z.object({ action: z.string().max(100), number: id, ...ofRepository });

/** Only its end means something: pushes to its branch are told as such. */
export const readPullRequest: Reader = (deliveryId, payload) => {
  const parsed = PullRequest.safeParse(payload);
  if (!parsed.success) return invalid('pull_request', parsed.error);
  const { action, number, repository, sender } = parsed.data;
  if (action !== 'closed') return ignored(`a pull request was ${action}, which changes nothing here`);
  const about = { repositoryId: repository.id, number };
  return {
    kind: 'handover',
    handover: {
      kind: 'pull-request-closed',
      // It may be opened and closed again.
      orderId: `${orderPrefix(about)}${deliveryId.slice(-12)}`,
      ...about,
      repository: repository.full_name,
      actor: actorOf(sender),
    },
  };
};
