import type { GitHubId } from '../../../contracts/core/github-id.ts';
import { wire } from '../wire.ts';
import type { Needs } from '../auth.ts';
import { GitHubError } from '../errors.ts';
import { resolveCommit } from '../git.ts';
import { app, repositoryUrl } from '../payloads.ts';
import { type CheckRun, type Repository, type State, fullName, nextId, now, timestamp } from '../state.ts';
import type { Models } from './operation.ts';
import { page } from './page.ts';

const READ: Needs = ['checks', 'read'];
const WRITE: Needs = ['checks', 'write'];

/** The part of a request's body that creating and editing have in common. */
interface Reported {
  readonly status?: CheckRun['status'];
  readonly conclusion?: NonNullable<CheckRun['conclusion']> | 'stale';
  readonly completed_at?: string;
  readonly output?: { readonly title?: string; readonly summary: string; readonly text?: string };
  readonly actions?: CheckRun['buttons'];
}

export const checks: Models = {
  'checks/create': {
    needs: WRITE,
    answer: async ({ state, repository, body }) => {
      const sha = await resolveCommit(repository.path, body.head_sha);
      if (sha !== body.head_sha) throw new GitHubError(422, `No commit found for SHA: ${body.head_sha}`);
      const startedAt = typeof body.started_at === 'string' ? Date.parse(body.started_at) : now(state);
      const run: CheckRun = {
        id: nextId(state),
        repositoryId: repository.id,
        headSha: sha,
        name: body.name,
        externalId: body.external_id ?? '',
        detailsUrl: body.details_url ?? null,
        startedAt,
        status: 'queued',
        conclusion: null,
        completedAt: null,
        title: null,
        summary: null,
        text: null,
        buttons: [],
      };
      report(state, run, body);
      state.checkRuns.push(run);
      return { status: 201, body: checkPayload(state, repository, run) };
    },
  },

  'checks/update': {
    needs: WRITE,
    answer: ({ state, repository, params, body }) => {
      const run = checkById(state, repository, params.check_run_id);
      report(state, run, body);
      return { status: 200, body: checkPayload(state, repository, run) };
    },
  },

  'checks/get': {
    needs: READ,
    answer: ({ state, repository, params }) => ({
      status: 200,
      body: checkPayload(state, repository, checkById(state, repository, params.check_run_id)),
    }),
  },

  'checks/list-for-ref': {
    needs: READ,
    answer: async ({ state, repository, params, query }) => {
      const sha = await resolveCommit(repository.path, params.ref);
      if (sha === undefined) throw new GitHubError(422, `No commit found for SHA: ${params.ref}`);
      const all = state.checkRuns
        .filter((run) => run.repositoryId === repository.id && run.headSha === sha)
        .filter((run) => query.check_name === undefined || query.check_name === run.name)
        .filter(() => query.app_id === undefined || query.app_id === state.appId)
        .reverse();
      return listed(state, repository, all, query, `commits/${params.ref}/check-runs`);
    },
  },

  'checks/list-for-suite': {
    needs: READ,
    answer: ({ state, repository, params, query }) => {
      const suiteId = params.check_suite_id;
      const all = state.checkRuns
        .filter((run) => run.repositoryId === repository.id && suiteOf(state, run) === suiteId)
        .filter((run) => query.check_name === undefined || query.check_name === run.name)
        .reverse();
      if (all.length === 0) throw new GitHubError(404, 'Not Found');
      return listed(state, repository, all, query, `check-suites/${suiteId}/check-runs`);
    },
  },
};

/** The answer of both lists, a page of it. */
function listed(
  state: State,
  repository: Repository,
  all: readonly CheckRun[],
  query: Parameters<typeof page>[1] & { readonly filter?: 'all' | 'latest' },
  path: string,
) {
  const found = query.filter === 'all' ? all : newestOfEach(all);
  const { items, headers } = page(found, { ...query }, `${repositoryUrl(state, repository)}/${path}`);
  const body = { total_count: found.length, check_runs: items.map((run) => checkPayload(state, repository, run)) };
  return { status: 200 as const, headers, body };
}

/** `latest`, the default. Takes them newest first. */
const newestOfEach = (all: readonly CheckRun[]): readonly CheckRun[] =>
  all.filter((run, i) => all.findIndex(({ name }) => name === run.name) === i);

/** The App's one suite on a commit, which its first check run there begins. */
export const suiteOf = (state: State, { repositoryId, headSha }: CheckRun): GitHubId =>
  state.checkRuns.find((one) => one.repositoryId === repositoryId && one.headSha === headSha)?.id ?? '0';

function report(
  state: State,
  run: CheckRun,
  { status, conclusion, completed_at: completedAt, output, actions }: Reported,
): void {
  if (status === 'completed' && conclusion === undefined) {
    throw new GitHubError(422, 'Invalid request.\n\nconclusion is required when status is completed.');
  }
  if (conclusion === 'stale') throw new GitHubError(422, 'Only GitHub can change a check run conclusion to stale.');
  // GitHub never takes a completed one back; its conclusion may still change.
  if (run.status !== 'completed') run.status = conclusion === undefined ? (status ?? run.status) : 'completed';
  if (actions) run.buttons = actions;
  if (conclusion !== undefined) {
    run.conclusion = conclusion;
    run.completedAt = completedAt === undefined ? now(state) : Date.parse(completedAt);
  }
  if (output) {
    run.title = output.title ?? run.title;
    run.summary = output.summary;
    run.text = output.text ?? run.text;
  }
}

function checkById(state: State, repository: Repository, id: GitHubId): CheckRun {
  const run = state.checkRuns.find((each) => each.id === id && each.repositoryId === repository.id);
  if (!run) throw new GitHubError(404, 'Not Found');
  return run;
}

/** A check run in the form of answers and events. */
export function checkPayload(state: State, repository: Repository, run: CheckRun) {
  const url = `${repositoryUrl(state, repository)}/check-runs/${run.id}`;
  return {
    id: wire(run.id),
    node_id: `CR_${run.id}`,
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: `${state.url}/${fullName(repository)}/runs/${run.id}`,
    details_url: run.detailsUrl,
    status: run.status,
    conclusion: run.conclusion,
    started_at: timestamp(run.startedAt),
    completed_at: run.completedAt === null ? null : timestamp(run.completedAt),
    output: {
      title: run.title,
      summary: run.summary,
      text: run.text,
      annotations_count: 0,
      annotations_url: `${url}/annotations`,
    },
    name: run.name,
    check_suite: { id: wire(suiteOf(state, run)) },
    app: app(state),
    pull_requests: [],
  };
}
