import { z } from 'zod';
import { deliveryWorkflowId } from '../../../contracts/core/ids.ts';
import { COMMIT } from '../../../contracts/core/names.ts';
import { actorOf, id, ignored, invalid, ofRepository } from './reading.ts';
import type { Reader } from './reading.ts';

const CheckSuite = z.object({
  action: z.string().max(100),
  check_suite: z.object({
    id,
    head_sha: z.string().regex(COMMIT),
    app: z.object({ id }).nullish(),
  }),
  ...ofRepository,
});

/** "Re-run all checks" on a commit. GitHub tells it to every App whose checks are there, each of its own. */
export const readCheckSuite: Reader = (deliveryId, payload, app) => {
  const parsed = CheckSuite.safeParse(payload);
  if (!parsed.success) return invalid('check_suite', parsed.error);
  const { action, check_suite: suite, repository, installation, sender } = parsed.data;
  // `requested` comes with every push, and is what the push says already.
  if (action !== 'rerequested') return ignored(`the check suite is ${action}`);
  if (suite.app?.id !== String(app.id)) return ignored('the check suite is of another App', 'not_ours');
  if (!installation) return ignored('it names no installation', 'no_installation');
  return {
    kind: 'handover',
    handover: {
      kind: 'check-suite',
      requestKey: deliveryWorkflowId(deliveryId),
      orderId: deliveryId,
      repositoryId: repository.id,
      repository: repository.full_name,
      installationId: installation.id,
      checkSuiteId: suite.id,
      commit: suite.head_sha,
      actor: actorOf(sender),
    },
  };
};
