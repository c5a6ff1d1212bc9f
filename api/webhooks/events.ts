/**
 * What a GitHub event means to us. Schemas are narrow and loose: they name what we read and ignore the rest,
 * because GitHub's own payloads do not keep to GitHub's own full schemas.
 */
import { z } from 'zod';
import type { Trigger } from '../../contracts/delivery.ts';
import { deliveryWorkflowId } from '../../contracts/ids.ts';
import { COMMIT, REPOSITORY, isRefName } from '../../contracts/names.ts';

export type Reading =
  | { readonly kind: 'trigger'; readonly trigger: Trigger }
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'invalid'; readonly problem: string };

const id = z.int().positive();

const Push = z.object({
  ref: z.string().max(1024),
  deleted: z.boolean().default(false),
  repository: z.object({ id, full_name: z.string().regex(REPOSITORY) }),
  installation: z.object({ id }).nullish(),
  // Bots end in `[bot]`. Absent when GitHub itself pushed.
  sender: z.object({ login: z.string().regex(/^[!-~]{1,100}$/) }).nullish(),
});

const WorkflowRun = z.object({
  action: z.string(),
  workflow_run: z.object({
    path: z.string().max(1024).nullish(),
    event: z.string().max(100),
    head_branch: z.string().max(1024).nullable(),
    head_sha: z.string().regex(COMMIT),
    conclusion: z.string().max(100).nullable(),
    head_repository: z.object({ id }).nullish(),
  }),
  repository: z.object({ id, full_name: z.string().regex(REPOSITORY) }),
  installation: z.object({ id }).nullish(),
  sender: z.object({ login: z.string().regex(/^[!-~]{1,100}$/) }).nullish(),
});

const Ping = z.object({ hook_id: id });

const BRANCH = 'refs/heads/';

/** Reads one verified delivery. */
export function readEvent(event: string, deliveryId: string, payload: unknown): Reading {
  switch (event) {
    case 'push':
      return readPush(deliveryId, payload);
    case 'workflow_run':
      return readWorkflowRun(deliveryId, payload);
    case 'ping':
      return readPing(payload);
    default:
      return { kind: 'ignored', reason: `Landfall does not act on ${event} events` };
  }
}

function readPush(deliveryId: string, payload: unknown): Reading {
  const parsed = Push.safeParse(payload);
  if (!parsed.success) return invalid('push', parsed.error);
  const { ref, deleted, repository, installation, sender } = parsed.data;
  if (!ref.startsWith(BRANCH)) return { kind: 'ignored', reason: 'it concerns a tag or another ref, not a branch' };
  const branch = ref.slice(BRANCH.length);
  if (!isRefName(branch))
    return { kind: 'ignored', reason: 'the branch name holds characters that are not safe to use' };
  if (deleted) return { kind: 'ignored', reason: `branch ${branch} was deleted` };
  return {
    kind: 'trigger',
    trigger: {
      kind: 'push',
      requestKey: deliveryWorkflowId(deliveryId),
      repositoryId: repository.id,
      repository: repository.full_name,
      installationId: installation?.id ?? null,
      branch,
      actor: { kind: 'github', name: sender?.login ?? 'github' },
    },
  };
}

/** Only a run that has ended says something. */
function readWorkflowRun(deliveryId: string, payload: unknown): Reading {
  const parsed = WorkflowRun.safeParse(payload);
  if (!parsed.success) return invalid('workflow_run', parsed.error);
  const { action, workflow_run: run, repository, installation, sender } = parsed.data;
  if (action !== 'completed') return { kind: 'ignored', reason: `the CI workflow is ${action}` };
  if (typeof run.path !== 'string') return { kind: 'ignored', reason: 'it names no workflow file' };
  if (run.head_branch === null) return { kind: 'ignored', reason: 'the CI workflow ran on no branch' };
  return {
    kind: 'trigger',
    trigger: {
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
      actor: { kind: 'github', name: sender?.login ?? 'github' },
    },
  };
}

function readPing(payload: unknown): Reading {
  const parsed = Ping.safeParse(payload);
  if (!parsed.success) return invalid('ping', parsed.error);
  return { kind: 'ignored', reason: `GitHub has verified webhook ${parsed.data.hook_id}` };
}

function invalid(event: string, error: z.ZodError): Reading {
  return { kind: 'invalid', problem: `The ${event} event is not as expected: ${z.prettifyError(error)}` };
}
