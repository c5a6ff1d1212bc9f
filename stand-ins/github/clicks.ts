/** People's clicks on GitHub's pages of checks and jobs, sent to the App as GitHub sends them. */
import { wire } from './wire.ts';
import type { GitHubId } from '../../contracts/core/github-id.ts';
import { checkPayload, suiteOf } from './operations/checks.ts';
import { app, fullRepository, repositoryUrl, user } from './payloads.ts';
import { type CheckRun, type Repository, type State, installationOf, nextId, now, timestamp } from './state.ts';
import type { Webhooks } from './webhooks.ts';

export interface AskedJob {
  readonly repositoryId: GitHubId;
  readonly environment: string;
  readonly commit: string;
  /** The person who has started the run. */
  readonly by: string;
  /** `main` when not given. */
  readonly ref?: string;
  /** The event that has started the run; `push` by default. */
  readonly event?: string;
  /** A job of this run; of a new one when not given. */
  readonly runId?: GitHubId;
}

/** A button on a check run, or with `undefined` "Re-run". GitHub shows buttons of completed ones only. */
export function tellClick(
  state: State,
  webhooks: Webhooks,
  { run, button, by }: { readonly run: CheckRun; readonly button: string | undefined; readonly by: string },
): void {
  if (button !== undefined && !(run.status === 'completed' && run.buttons.some((one) => one.identifier === button))) {
    throw new Error(`the check run ${run.name} shows no button ${button}`);
  }
  const repository = repositoryById(state, run.repositoryId);
  const installation = installationOf(state, repository);
  const suite = {
    id: wire(suiteOf(state, run)),
    head_branch: 'main',
    head_sha: run.headSha,
    app: app(state),
    pull_requests: [],
  };
  webhooks.emit(
    'check_run',
    { action: button === undefined ? 'rerequested' : 'requested_action', installation, repository },
    {
      check_run: { ...checkPayload(state, repository, run), check_suite: suite },
      ...(button !== undefined && { requested_action: { identifier: button } }),
      ...about(state, repository, by),
    },
  );
}

/** "Re-run all checks" on a commit. */
export function tellRerunAll(
  state: State,
  webhooks: Webhooks,
  { run, by }: { readonly run: CheckRun; readonly by: string },
): void {
  const repository = repositoryById(state, run.repositoryId);
  const installation = installationOf(state, repository);
  const id = suiteOf(state, run);
  const url = `${repositoryUrl(state, repository)}/check-suites/${id}`;
  const at = timestamp(now(state));
  const suite = {
    ...{ id: wire(id), node_id: `CS_${id}`, url, check_runs_url: `${url}/check-runs`, created_at: at, updated_at: at },
    ...{ head_branch: 'main', head_sha: run.headSha, before: null, after: run.headSha, pull_requests: [] },
    ...{ status: 'completed', conclusion: run.conclusion, app: app(state), latest_check_runs_count: 1 },
    head_commit: {
      ...{ id: run.headSha, tree_id: run.headSha, message: 'A commit', timestamp: at },
      ...{ author: { name: by, email: `${by}@example.com` }, committer: { name: by, email: `${by}@example.com` } },
    },
  };
  webhooks.emit(
    'check_suite',
    { action: 'rerequested', installation, repository },
    { check_suite: suite, ...about(state, repository, by) },
  );
}

/** Asks the App whether a job may go to its environment. @returns the id of the run */
export function tellJob(state: State, webhooks: Webhooks, job: AskedJob): GitHubId {
  const { environment, commit, by, ref = 'main', event = 'push', runId = nextId(state) } = job;
  const repository = repositoryById(state, job.repositoryId);
  const { id: repositoryId } = repository;
  state.jobs.push({ repositoryId, runId, environment, state: 'waiting', comments: [] });
  const id = nextId(state);
  const url = repositoryUrl(state, repository);
  const deployment = {
    ...{
      url: `${url}/deployments/${id}`,
      id: wire(id),
      node_id: `DE_${id}`,
      sha: commit,
      ref,
      task: 'deploy',
      payload: {},
    },
    ...{ original_environment: environment, environment, description: null, creator: user(state, by) },
    ...{ created_at: timestamp(now(state)), updated_at: timestamp(now(state)) },
    ...{ statuses_url: `${url}/deployments/${id}/statuses`, repository_url: url },
    ...{ transient_environment: false, production_environment: false },
  };
  webhooks.emit(
    'deployment_protection_rule',
    { action: 'requested', installation: installationOf(state, repository), repository },
    {
      ...{ environment, event, deployment, pull_requests: [] },
      deployment_callback_url: `${url}/actions/runs/${runId}/deployment_protection_rule`,
      ...about(state, repository, by),
    },
  );
  return runId;
}

function about(state: State, repository: Repository, by: string) {
  const installation = installationOf(state, repository);
  return {
    repository: fullRepository(state, repository),
    sender: user(state, by),
    ...(installation && { installation: { id: wire(installation.id), node_id: `I_${installation.id}` } }),
  };
}

function repositoryById(state: State, id: GitHubId): Repository {
  const repository = state.repositories.get(id);
  if (!repository) throw new Error(`there is no repository ${id}`);
  return repository;
}
