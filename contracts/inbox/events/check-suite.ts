import { z } from 'zod';
import { deliveryWorkflowId } from '../../core/ids.ts';
import { COMMIT, shortCommit } from '../../core/names.ts';
import type { SuiteClick } from '../../github/check-run.ts';
import { actorOf, id, ignored, invalid, ofRepository } from './event.ts';
import type { GitHubEvent, OurApp, Reading } from './event.ts';

const Payload = z.object({
  action: z.string().max(100),
  check_suite: z.object({
    id,
    head_sha: z.string().regex(COMMIT),
    app: z.object({ id }).nullish(),
  }),
  ...ofRepository,
});

function read(deliveryId: string, payload: unknown, app: OurApp): Reading<SuiteClick> {
  const parsed = Payload.safeParse(payload);
  if (!parsed.success) return invalid(parsed.error);
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
}

/** "Re-run all checks" on a commit. GitHub tells it to every App whose checks are there, each of its own. */
export const checkSuiteEvent = {
  event: 'check_suite',
  read,
  work: {
    'check-suite': {
      workflow: 'suiteClick',
      ifLost: 'answer',
      summary: ({ commit }) => `re-run of the checks of ${shortCommit(commit)}`,
    },
  },
} as const satisfies GitHubEvent<SuiteClick>;
