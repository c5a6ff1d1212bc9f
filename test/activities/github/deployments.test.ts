import { checkName } from '../../../contracts/github/shown-names.ts';
import type { GitHubId } from '../../../contracts/core/github-id.ts';
import { describe, expect, test } from '@jest/globals';
import type { OpenDeployment, ReportDeployment } from '../../../activities/github/github.port.ts';
import { createGitHubActivities } from '../../../activities/github/github.activities.ts';
import type { GitHubDeploymentState } from '../../../contracts/deployment/states.ts';
import { serverError } from '../../../stand-ins/github/faults.ts';
import { PUBLIC_URL, asActivity, attempt, failureIn, startScene } from './scene.ts';

const { github, origin, commit, activities, client, app, repository, work, callsOf } = await startScene();
const MINT = 'apps/create-installation-access-token';
const CREATE = 'repos/create-deployment';
const REPORT = 'repos/create-deployment-status';

let number = 0;
function openRequest(changes: Partial<OpenDeployment> = {}): OpenDeployment {
  number += 1;
  return {
    origin,
    deploymentId: `shop.web.staging.${number}`,
    commit,
    environment: 'staging',
    production: false,
    transient: false,
    description: 'Preparing',
    mayExist: false,
    ...changes,
  };
}

const ours = (deploymentId: string) =>
  github.deployments().filter(({ payload }) => typeof payload === 'object' && payload['landfall'] === deploymentId);
const open = (request = openRequest()) => asActivity(() => activities.openDeployment(request));

function report(gitHubDeploymentId: GitHubId, state: GitHubDeploymentState, changes: Partial<ReportDeployment> = {}) {
  return { origin, gitHubDeploymentId, state, description: `now ${state}`, logPath: '/deployments/1', ...changes };
}
const say = (request: ReportDeployment, at = 1) => attempt(at, () => activities.reportDeployment(request));
const statesOf = (id: GitHubId) => github.statuses(id).map(({ state }) => state);

describe('openDeployment', () => {
  test.each([
    { environment: 'production', production: true, transient: false },
    { environment: 'preview-12', production: false, transient: true },
  ])('creates $environment with all that GitHub must know [A2]', async (settings) => {
    const request = openRequest({ ...settings, description: 'x'.repeat(200) });
    const id = await open(request);
    expect(ours(request.deploymentId)).toMatchObject([
      { id, sha: commit, ref: commit, payload: { landfall: request.deploymentId }, ...settings },
    ]);
    expect(ours(request.deploymentId)[0]?.description).toHaveLength(140);
  });

  test('is not held up by our own pending check, nor by a default branch that is ahead [A2]', async () => {
    const build = {
      origin,
      buildId: 'shop.web.1',
      commit,
      name: checkName('Landfall: web'),
      title: 'Building',
      logPath: '/builds/1',
    };
    await asActivity(() => activities.openBuildCheck(build));
    await work.commit({ 'later.txt': 'later' });
    await work.push();
    await expect(open()).resolves.toMatch(/^[1-9]\d*$/);
  });

  test('creates one although GitHub created it and then lost the answer [A2][F1]', async () => {
    const request = openRequest();
    github.fault({ operation: CREATE, when: 'after', answer: serverError() });
    expect(await failureIn(attempt(1, () => activities.openDeployment(request)))).toMatchObject({
      type: 'GitHubUnavailable',
    });
    const id = await attempt(2, () => activities.openDeployment(request));
    expect(ours(request.deploymentId).map((each) => each.id)).toEqual([id]);
  });

  test('creates one although the connection broke after creating [A2][F1]', async () => {
    const request = openRequest();
    github.fault({ operation: CREATE, when: 'after', hangUp: true });
    expect(await failureIn(attempt(1, () => activities.openDeployment(request)))).toMatchObject({
      type: 'GitHubUnavailable',
    });
    await attempt(2, () => activities.openDeployment(request));
    await attempt(3, () => activities.openDeployment(request));
    expect(ours(request.deploymentId)).toHaveLength(1);
  });

  test('finds one that somebody else may have opened, on the first attempt [A2]', async () => {
    const request = openRequest();
    const id = await open(request);
    expect(await open({ ...request, mayExist: true })).toBe(id);
    expect(ours(request.deploymentId)).toHaveLength(1);
  });

  test('does not take another deployment of the same commit and environment for its own [A2]', async () => {
    const [first, second] = [openRequest(), openRequest()];
    const id = await open(first);
    expect(await attempt(2, () => activities.openDeployment(second))).not.toBe(id);
  });

  test('says that the commit is not there, once and for all [A2][A4]', async () => {
    const refused = await failureIn(open(openRequest({ commit: 'f'.repeat(40) })));
    expect(refused).toMatchObject({ type: 'GitHubInvalid', nonRetryable: true });
    expect(refused.message).toContain('Creating the deployment in acme/web failed');
    expect(refused.message).toContain('No ref found');
  });
});

describe('reportDeployment', () => {
  test('shows a deployment from queued to success, with its log and address [A3]', async () => {
    const id = await open();
    for (const state of ['queued', 'pending', 'in_progress', 'success'] as const) {
      await say(report(id, state, state === 'success' ? { environmentUrl: 'http://127.0.0.1:20080' } : {}));
    }
    expect(statesOf(id)).toEqual(['queued', 'pending', 'in_progress', 'success']);
    expect(github.statuses(id).at(-1)).toMatchObject({
      description: 'now success',
      logUrl: `${PUBLIC_URL}/deployments/1`,
      environmentUrl: 'http://127.0.0.1:20080',
    });
  });

  test('costs one creation and two reports from start to success [A3]', async () => {
    await open();
    const calls = await callsOf(async () => {
      const id = await open();
      await say(report(id, 'in_progress'));
      await say(report(id, 'success'));
    });
    expect(calls.filter((call) => call !== MINT)).toEqual([CREATE, REPORT, REPORT]);
  });

  test.each(['success', 'failure', 'error', 'inactive'] as const)(
    'never reopens a deployment that ended in %s, whoever reports late [A3]',
    async (outcome) => {
      const id = await open();
      await say(report(id, outcome));
      const elsewhere = createGitHubActivities({ client, app, publicUrl: PUBLIC_URL });
      for (const late of ['queued', 'pending', 'in_progress', outcome] as const) {
        await say(report(id, late));
        await attempt(2, () => elsewhere.reportDeployment(report(id, late)));
      }
      await asActivity(() => elsewhere.reportDeployment(report(id, 'in_progress')));
      expect(statesOf(id)).toEqual([outcome]);
    },
  );

  test('says nothing twice when its answer was lost [A3][F1]', async () => {
    const id = await open();
    github.fault({ operation: REPORT, when: 'after', answer: serverError(500) });
    const request = report(id, 'in_progress');
    expect(await failureIn(say(request, 1))).toMatchObject({ type: 'GitHubUnavailable' });
    await say(request, 2);
    expect(statesOf(id)).toEqual(['in_progress']);
  });

  test('marks what was live inactive once it is superseded [A3]', async () => {
    const id = await open();
    await say(report(id, 'success'));
    await say(report(id, 'inactive'));
    expect(statesOf(id)).toEqual(['success', 'inactive']);
  });

  describe('of a success in production', () => {
    const production = { environment: 'production', production: true };
    const live = async () => {
      const request = openRequest(production);
      const id = await open(request);
      await say(report(id, 'success'));
      return { id, supersedes: { deploymentId: request.deploymentId, commit, environment: 'production' } };
    };

    test('marks what was live before inactive, once, at the cost of one call [A3]', async () => {
      const { id: before, supersedes } = await live();
      const next = await open(openRequest(production));
      const success = report(next, 'success', { supersedes });
      expect(await callsOf(() => say(success))).toEqual([REPORT, REPORT]);
      await say(success, 1);
      await say(success, 2);
      expect([statesOf(before), statesOf(next)]).toEqual([['success', 'inactive'], ['success']]);
      expect(github.statuses(before).at(-1)?.logUrl).toBe(`${PUBLIC_URL}/deployments/${supersedes.deploymentId}`);
    });

    test('finds what was live before by our id, when another process had opened it [A3][F1]', async () => {
      const { id: before, supersedes } = await live();
      const elsewhere = createGitHubActivities({ client, app, publicUrl: PUBLIC_URL });
      const next = await open(openRequest(production));
      await asActivity(() => elsewhere.reportDeployment(report(next, 'success', { supersedes })));
      expect(statesOf(before)).toEqual(['success', 'inactive']);
    });

    test('marks it although the answer to the success was lost [A3][F1]', async () => {
      const { id: before, supersedes } = await live();
      const next = await open(openRequest(production));
      github.fault({ operation: REPORT, when: 'after', answer: serverError() });
      const success = report(next, 'success', { supersedes });
      expect(await failureIn(say(success, 1))).toMatchObject({ type: 'GitHubUnavailable' });
      await say(success, 2);
      expect([statesOf(before), statesOf(next)]).toEqual([['success', 'inactive'], ['success']]);
    });

    test('is no failure when what was live before is unknown to GitHub [A3]', async () => {
      const next = await open(openRequest(production));
      const supersedes = { deploymentId: 'shop.web.production.999', commit, environment: 'production' };
      await say(report(next, 'success', { supersedes }));
      expect(statesOf(next)).toEqual(['success']);
    });
  });

  test.each([
    ['ends in an ellipsis', 'a'.repeat(141), `${'a'.repeat(139)}…`],
    ['keeps what fits', 'b'.repeat(140), 'b'.repeat(140)],
    ['never holds half an emoji', `${'c'.repeat(138)}🚀🚀`, `${'c'.repeat(138)}…`],
    ['keeps whole emoji', '🚀'.repeat(70), '🚀'.repeat(70)],
  ])('a description %s at 140 characters [A3]', async (_, description, shown) => {
    const id = await open();
    await say(report(id, 'in_progress', { description }));
    expect(github.statuses(id).at(-1)?.description).toBe(shown);
  });

  test('waits a moment for a deployment that GitHub does not find yet [A3][A4]', async () => {
    const id = await open();
    const missing = { status: 404, body: { message: 'Not Found' } };
    github.fault({ operation: REPORT, answer: missing });
    await say(report(id, 'in_progress'));
    expect(statesOf(id)).toEqual(['in_progress']);
  });

  test('says that a deployment was deleted on GitHub [A3][A4]', async () => {
    const refused = await failureIn(say(report('999999', 'in_progress')));
    expect(refused).toMatchObject({ type: 'GitHubNotFound', nonRetryable: true });
  });

  test('goes on under the new name of a renamed repository [A3]', async () => {
    const id = await open();
    github.renameRepository(repository.id, 'website');
    try {
      await say(report(id, 'in_progress'));
      // Another repository takes the old name: now it leads elsewhere, and only the id is left.
      const taken = await github.addRepository({ owner: 'acme', name: 'web' });
      await say(report(id, 'success'));
      expect(statesOf(id)).toEqual(['in_progress', 'success']);
      github.renameRepository(taken.id, 'gone');
    } finally {
      github.renameRepository(repository.id, 'web');
    }
  });
});
