import { z } from 'zod';
import { CHECK_BUTTONS, checkSubject } from '../../github/check-run.ts';
import type { CheckClick } from '../../github/check-run.ts';
import { deliveryWorkflowId } from '../../core/ids.ts';
import { COMMIT } from '../../core/names.ts';
import { actorOf, id, ignored, invalid, ofRepository } from './event.ts';
import type { GitHubEvent, OurApp, Reading } from './event.ts';

const Payload = z.object({
  action: z.string().max(100),
  check_run: z.object({
    id,
    head_sha: z.string().regex(COMMIT),
    external_id: z.string().nullish(),
    app: z.object({ id }).nullish(),
  }),
  requested_action: z.object({ identifier: z.string() }).nullish(),
  ...ofRepository,
});

function read(deliveryId: string, payload: unknown, app: OurApp): Reading<CheckClick> {
  const parsed = Payload.safeParse(payload);
  if (!parsed.success) return invalid(parsed.error);
  const { action, check_run: run, requested_action: requested, repository, installation, sender } = parsed.data;
  if (action !== 'requested_action' && action !== 'rerequested') return ignored(`the check run is ${action}`);
  if (run.app?.id !== String(app.id)) return ignored('the check run is of another App', 'not_ours');
  const subject = checkSubject(run.external_id ?? '');
  // The check of a commit has no buttons.
  if (!subject || (subject.kind === 'commit' && action !== 'rerequested'))
    return ignored('the check run is about nothing that Landfall knows', 'not_ours');
  const wanted = wantedOf(action, requested?.identifier);
  if (!wanted) return ignored('the check run has no such button', 'not_ours');
  if (!installation) return ignored('it names no installation', 'no_installation');
  return {
    kind: 'handover',
    handover: {
      kind: 'check',
      requestKey: deliveryWorkflowId(deliveryId),
      orderId: deliveryId,
      repositoryId: repository.id,
      repository: repository.full_name,
      installationId: installation.id,
      checkRunId: run.id,
      subject,
      wanted,
      commit: run.head_sha,
      actor: actorOf(sender),
    },
  };
}

function wantedOf(action: string, identifier: string | undefined): CheckClick['wanted'] | undefined {
  return action === 'rerequested' ? 'again' : CHECK_BUTTONS.find((button) => button === identifier);
}

/** A press of a button on a check run of ours, or a wish to run it again. The person's rights are checked later. */
export const checkRunEvent = {
  event: 'check_run',
  read,
  work: {
    check: {
      workflow: 'checkClick',
      ifLost: 'answer',
      summary: ({ wanted, subject }) => `${wanted} on the check of ${subject.id}`,
    },
  },
} as const satisfies GitHubEvent<CheckClick>;
