/** A CI workflow that has ended, as GitHub tells it. */
import { wire } from './wire.ts';
import type { GitHubId } from '../../contracts/core/github-id.ts';
import example from './workflow-run.json' with { type: 'json' };
import { eventRepository, user } from './payloads.ts';
import { type Repository, type State, fullName, installationOf, nextId, now, timestamp } from './state.ts';
import type { Webhooks } from './webhooks.ts';

export interface WorkflowRun {
  readonly repositoryId: GitHubId;
  /** `.github/workflows/ci.yml` */
  readonly path: string;
  readonly branch: string;
  readonly commit: string;
  readonly conclusion: 'success' | 'failure' | 'cancelled';
  /** The event that started it; `push` by default. */
  readonly event?: string;
  /** The run of a fork's commit. */
  readonly fork?: boolean;
  /** The run of jobs that waited before; a new run by default. */
  readonly runId?: GitHubId;
}

const { workflow: usualWorkflow, workflow_run: usualRun } = example;

/** Sends `workflow_run` with action `completed`. */
export function tellWorkflowRun(state: State, webhooks: Webhooks, repository: Repository, run: WorkflowRun): void {
  const subject = eventRepository(state, repository);
  const installation = installationOf(state, repository);
  const id = run.runId ?? nextId(state);
  const head = run.fork ? { ...subject, id: wire(nextId(state)), full_name: `stranger/${repository.name}` } : subject;
  const payload = {
    workflow: { ...usualWorkflow, path: run.path },
    workflow_run: {
      ...usualRun,
      id: wire(id),
      path: run.path,
      event: run.event ?? 'push',
      head_branch: run.branch,
      head_sha: run.commit,
      status: 'completed',
      conclusion: run.conclusion,
      run_attempt: 1,
      updated_at: timestamp(now(state)),
      actor: user(state, 'octocat'),
      triggering_actor: user(state, 'octocat'),
      html_url: `${state.url}/${fullName(repository)}/actions/runs/${id}`,
      repository: subject,
      head_repository: head,
    },
    repository: subject,
    sender: user(state, 'octocat'),
    ...(installation && { installation: { id: wire(installation.id), node_id: `I_${installation.id}` } }),
  };
  webhooks.emit('workflow_run', { action: 'completed', installation, repository }, payload);
}
