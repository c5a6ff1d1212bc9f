import { z } from 'zod';
import type { Trigger } from '../../admission/delivery.ts';
import { deliveryWorkflowId } from '../../core/ids.ts';
import { COMMIT } from '../../core/names.ts';
import { actorOf, id, ignored, invalid, ofRepository } from './event.ts';
import type { GitHubEvent, Reading } from './event.ts';

const Payload = z.object({
  action: z.string(),
  workflow_run: z.object({
    id: id.nullish(),
    updated_at: z.iso.datetime({ offset: true }).nullish(),
    path: z.string().max(1024).nullish(),
    event: z.string().max(100),
    head_branch: z.string().max(1024).nullable(),
    head_sha: z.string().regex(COMMIT),
    conclusion: z.string().max(100).nullable(),
    head_repository: z.object({ id }).nullish(),
  }),
  ...ofRepository,
});

type EndedCi = Extract<Trigger, { readonly kind: 'ci' }>;

function read(deliveryId: string, payload: unknown): Reading<EndedCi> {
  const parsed = Payload.safeParse(payload);
  if (!parsed.success) return invalid(parsed.error);
  const { action, workflow_run: run, repository, installation, sender } = parsed.data;
  if (action !== 'completed') return ignored(`the CI workflow is ${action}`);
  if (typeof run.path !== 'string') return ignored('it names no workflow file', 'no_workflow');
  if (run.head_branch === null) return ignored('the CI workflow ran on no branch', 'no_branch');
  return {
    kind: 'handover',
    handover: {
      kind: 'ci',
      requestKey: deliveryWorkflowId(deliveryId),
      repositoryId: repository.id,
      repository: repository.full_name,
      installationId: installation?.id ?? null,
      headRepositoryId: run.head_repository?.id ?? null,
      event: run.event,
      // GitHub puts the ref behind it for workflows of other repositories: `path@ref`.
      workflow: run.path.split('@')[0] ?? run.path,
      branch: run.head_branch,
      commit: run.head_sha,
      conclusion: run.conclusion ?? 'none',
      ...(run.id && run.updated_at && { run: { id: run.id, endedAt: Date.parse(run.updated_at) } }),
      actor: actorOf(sender),
    },
  };
}

/** A CI workflow: only a run that has ended says something. */
export const workflowRunEvent = {
  event: 'workflow_run',
  read,
  work: {
    ci: {
      workflow: 'delivery',
      ifLost: 'again',
      summary: ({ workflow, repository, branch }) => `${workflow} on ${repository} ${branch}`,
    },
  },
} as const satisfies GitHubEvent<EndedCi>;
