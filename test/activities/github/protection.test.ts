import type { GitHubId } from '../../../contracts/core/github-id.ts';
import { expect, test } from '@jest/globals';
import { serverError } from '../../../stand-ins/github/faults.ts';
import { asActivity, attempt, failureIn, startScene } from './scene.ts';

const { github, origin, commit, activities, callsOf, repository } = await startScene();

const asked = (environment = 'production') => {
  const runId = github.askForJob({ repositoryId: origin.repositoryId, environment, commit, by: 'octocat' });
  return { origin, runId, environment };
};
const jobOf = (runId: GitHubId) => github.jobs().find((job) => job.runId === runId);

test.each(['approved', 'rejected'] as const)(
  'a job that waits is %s with a comment, in one call [A7]',
  async (state) => {
    const job = asked();
    const answer = () => asActivity(() => activities.answerJob({ ...job, state, comment: 'Said ann.' }));
    const calls = await callsOf(async () => expect(await answer()).toBe(true));
    expect(calls.filter((call) => !call.startsWith('apps/'))).toEqual(['actions/review-custom-gates-for-run']);
    expect(jobOf(job.runId)).toMatchObject({ state, comments: ['Said ann.'] });
  },
);

test('a comment alone leaves it waiting; one that is too long is cut [A7]', async () => {
  const job = asked();
  expect(await asActivity(() => activities.answerJob({ ...job, comment: 'c'.repeat(9_999) }))).toBe(true);
  expect(jobOf(job.runId)?.state).toBe('waiting');
  expect(jobOf(job.runId)?.comments[0]).toHaveLength(1_000);
});

test('one that was answered by an attempt whose answer was lost is answered, and nobody fails [A7][F1]', async () => {
  const job = asked();
  const answer = { ...job, state: 'approved', comment: 'Yes.' } as const;
  github.fault({ operation: 'actions/review-custom-gates-for-run', when: 'after', answer: serverError() });
  expect((await failureIn(attempt(1, () => activities.answerJob(answer)))).type).toBe('GitHubUnavailable');
  expect(await attempt(2, () => activities.answerJob(answer))).toBe(false);
  expect(jobOf(job.runId)).toMatchObject({ state: 'approved', comments: ['Yes.'] });
});

test('whether it still waits is what GitHub lists for its run, and is taken as so where GitHub may not be asked [A7][F1]', async () => {
  const job = asked();
  const waits = (about = job) => asActivity(() => activities.jobWaits(about));
  // Without the permission actions: read.
  expect(await waits()).toBe(true);
  github.setPermissions(repository.installationId, { actions: 'read', deployments: 'write', metadata: 'read' });
  expect(await waits()).toBe(true);
  expect(await waits({ ...job, environment: 'Production' })).toBe(true);
  expect(await waits({ ...job, environment: 'staging' })).toBe(false);
  github.fault({ operation: 'actions/get-pending-deployments-for-run', when: 'before', answer: serverError() });
  expect((await failureIn(attempt(1, () => activities.jobWaits(job)))).type).toBe('GitHubUnavailable');
  await asActivity(() => activities.answerJob({ ...job, state: 'approved', comment: 'Yes.' }));
  expect(await waits()).toBe(false);
});

test('an environment with a name that is none of ours is named as GitHub has it [A7]', async () => {
  const job = asked('Production EU / ü');
  expect(await asActivity(() => activities.answerJob({ ...job, state: 'rejected', comment: 'No.' }))).toBe(true);
  expect(jobOf(job.runId)?.state).toBe('rejected');
});
