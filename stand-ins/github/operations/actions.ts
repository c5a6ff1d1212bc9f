/** Jobs of GitHub Actions that wait for a protection rule of ours. */
import type { Needs } from '../auth.ts';
import { GitHubError } from '../errors.ts';
import type { Models } from './operation.ts';

const WRITE: Needs = ['deployments', 'write'];

const READ: Needs = ['actions', 'read'];

export const actions: Models = {
  'actions/get-pending-deployments-for-run': {
    needs: READ,
    answer: ({ state, repository, params }) => {
      const waiting = state.jobs.filter(
        (job) => job.repositoryId === repository.id && job.runId === params.run_id && job.state === 'waiting',
      );
      const names = [...new Set(waiting.map(({ environment }) => environment))];
      const body = names.map((name) => ({
        ...{ environment: { name }, wait_timer: 0, wait_timer_started_at: null },
        ...{ current_user_can_approve: false, reviewers: [] },
      }));
      return { status: 200, body };
    },
  },
  'actions/review-custom-gates-for-run': {
    needs: WRITE,
    answer: ({ state, repository, params, body }) => {
      const waiting = state.jobs.filter(
        (job) =>
          job.repositoryId === repository.id &&
          job.runId === params.run_id &&
          job.environment === body.environment_name &&
          job.state === 'waiting',
      );
      if (waiting.length === 0) {
        throw new GitHubError(422, 'There are no pending deployment requests to approve or reject');
      }
      for (const job of waiting) {
        if (body.comment !== undefined) job.comments.push(body.comment);
        if ('state' in body) job.state = body.state;
      }
      return { status: 204, body: undefined };
    },
  },
};
