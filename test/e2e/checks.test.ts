/** People's clicks on a commit at GitHub, and GitHub Actions' requests, with a real Landfall behind them. */
import type { GitHubId } from '../../contracts/core/github-id.ts';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '../../infra/dev/process.ts';
import { WaitingJobs } from '../../contracts/http/people.ts';
import { testDatabase } from '../store/support/databases.ts';
import { onCleanup } from '../support/cleanup.ts';
import type { CheckRun } from '../../stand-ins/github/state.ts';
import { shopYaml } from '../support/stage/shop.ts';
import { setStage } from '../support/stage/stage.ts';
import type { Stage } from '../support/stage/stage.ts';
import { tempDir } from '../support/tmp.ts';

const PRODUCTION = 'Landfall: web / production';
const GATE = 'Landfall: Actions / production';

let stage: Stage;
let landfallYaml: string;

beforeAll(async () => {
  stage = await setStage({ databaseUrl: await testDatabase(), dir: tempDir() });
  onCleanup(() => stage.stop());
  const { id } = stage.shop.repository;
  stage.gitHub.setRole(id, 'ann', 'write');
  stage.gitHub.setRole(id, 'eve', 'read');
  const target = (port: number) =>
    `target: { podman: { hosts: [local], strategy: blue-green, publish: { web: ${String(port)} } } }`;
  landfallYaml =
    shopYaml(`  production: { production: true, approval: { from: { permission: write } }, ${target(stage.shop.publishPort)} }
  brief: { autoDeploy: false, approval: { from: { permission: write }, expire: 1m }, ${target(await freePort())} }
`);
}, 300_000);

const push = (version: string, more: object = {}) => stage.shop.push({ version, landfallYaml, ...more });

/** The commit's newest check run of this name, once it is like that. */
const check = (commit: string, name: string, isSo: (run: CheckRun) => boolean, what = name) =>
  stage.api.eventually(what, 90_000, async () => {
    const run = stage.gitHub.checkRuns().findLast((one) => one.headSha === commit && one.name === name);
    return run && isSo(run) ? run : undefined;
  });
const waits = ({ conclusion, buttons }: CheckRun) => conclusion === 'action_required' && buttons.length > 0;
const concluded = (conclusion: CheckRun['conclusion']) => (run: CheckRun) => run.conclusion === conclusion;
const click = ({ id: checkRunId }: CheckRun, by: string, button?: string) =>
  stage.gitHub.click({ checkRunId, by, ...(button !== undefined && { button }) });

describe('the check of an environment', () => {
  let second: string;

  test('lets production go on by a button; who may not press it is told why, there [A7][E11][B1]', async () => {
    const commit = await push('1');
    const waiting = await check(commit, PRODUCTION, waits);
    expect(waiting.title).toBe(`${commit.slice(0, 7)} waits for approval`);
    expect(await stage.shop.visit()).not.toContain('200');

    click(waiting, 'eve', 'approve');
    const told = await check(commit, PRODUCTION, ({ text }) => text !== null, 'the refusal');
    expect(told.text).toContain('eve pressed "Approve": eve may not decide about production');
    click(waiting, 'octocat', 'approve');
    await check(
      commit,
      PRODUCTION,
      ({ text }) => text?.includes('octocat caused this release') === true,
      'the refusal',
    );
    expect(waits(waiting)).toBe(true);

    click(waiting, 'ann', 'approve');
    const live = await check(commit, PRODUCTION, concluded('success'));
    expect(live.id).toBe(waiting.id);
    expect(live.summary).toContain('Not needed: it was seen serving');
    expect(await stage.shop.visit()).toBe('200 ok 1');
    const [deployment] = (await stage.api.ended(commit)).deployments;
    expect(deployment).toMatchObject({ state: 'live' });
    expect(live.detailsUrl).toBe(`${stage.landfall.url}/deployments/${String(deployment?.id)}`);
  }, 300_000);

  test('makes seven things of a release that waited: one shows its build, six its deployment [A2][A3][E11]', () => {
    const created = stage.gitHub.calls().filter(({ creating }) => creating);
    expect(created.map(({ operation }) => operation).sort()).toEqual([
      ...['checks/create', 'checks/create', 'repos/create-deployment'],
      ...Array.from({ length: 4 }, () => 'repos/create-deployment-status'),
    ]);
  });

  test('brings back what ran before by a button, once however often the click arrives [A9][B1]', async () => {
    second = await push('2');
    click(await check(second, PRODUCTION, waits), 'ann', 'approve');
    const live = await check(second, PRODUCTION, concluded('success'));
    expect(await stage.shop.visit()).toBe('200 ok 2');

    click(live, 'ann', 'roll-back');
    await stage.gitHub.webhooksSent();
    const delivery = stage.gitHub.deliveries().findLast(({ event }) => event === 'check_run');
    await Promise.all([1, 2].map(() => stage.gitHub.redeliver(delivery?.id ?? '')));

    await stage.api.eventually('what ran before', 120_000, async () =>
      (await stage.shop.visit()) === '200 ok 1' ? true : undefined,
    );
    const told = await check(second, PRODUCTION, ({ text }) => text !== null, 'what came of the click');
    expect(told.text).toMatch(/ann pressed "Roll back": shop\.web\.\d+ does it/);
    expect(told).toMatchObject({ conclusion: 'success', buttons: [] });
  }, 300_000);

  test('of a build that failed is run again by "Re-run", for the same commit [B1][B10]', async () => {
    const commit = await push('3', { breaksBuild: true });
    const failed = await check(commit, 'Landfall: web', concluded('failure'));
    const { id: before } = await stage.api.ended(commit);
    click(failed, 'ann');
    const again = await stage.api.eventually('another release', 120_000, async () => {
      const release = await stage.api.ended(commit);
      return release.id === before ? undefined : release;
    });
    expect(again).toMatchObject({ state: 'failed', commit, build: { state: 'failed' } });
  }, 300_000);
});

describe('a job of GitHub Actions', () => {
  const job = (runId: GitHubId) => stage.gitHub.jobs().find((one) => one.runId === runId);
  const answered = (runId: GitHubId, state: string, limitMs = 60_000) =>
    stage.api.eventually(`the job to be ${state}`, limitMs, async () => {
      const found = job(runId);
      return found?.state === state ? found : undefined;
    });

  test('waits for an approval, which a button gives; expires when nobody gives it; is told what to add elsewhere [A7][B1]', async () => {
    // After the rollback, automatic jobs stay out, as automatic deployments do.
    const resumed = await stage.api.send('POST', '/api/environments/shop/web/production/resume', {});
    expect(resumed.status).toBe(200);
    const commit = await push('4', { message: 'Rules for jobs [skip deploy]' });
    const ask = (environment: string) =>
      stage.gitHub.askForJob({ repositoryId: stage.shop.repository.id, environment, commit, by: 'octocat' });
    const [production, brief, elsewhere] = [ask('production'), ask('brief'), ask('qa')];

    expect((await answered(elsewhere, 'rejected')).comments).toEqual([
      'landfall.yaml on main has no environment "qa", only: production, brief. Add it below "environments:" there, or take Landfall off this environment\'s protection rules.',
    ]);
    const gate = await check(commit, GATE, waits);
    await stage.api.eventually('the comment', 120_000, async () => job(production)?.comments[0]);
    expect(job(production)).toMatchObject({
      state: 'waiting',
      comments: [expect.stringContaining('landfall approve')],
    });
    click(gate, 'ann', 'approve');
    expect((await answered(production, 'approved')).comments.at(-1)).toBe('Approved by ann (by check).');
    await check(commit, GATE, concluded('success'));

    const expired = await answered(brief, 'rejected', 120_000);
    expect(expired.comments.at(-1)).toContain('It was not approved in time (0 of 1)');
    await check(commit, 'Landfall: Actions / brief', concluded('timed_out'));
  }, 300_000);

  test('waits no longer once its run is cancelled on GitHub, and is listed until then [A7][B1]', async () => {
    const commit = await push('5', { message: 'Rules for a job that is cancelled [skip deploy]' });
    const { id: repositoryId } = stage.shop.repository;
    const runId = stage.gitHub.askForJob({ repositoryId, environment: 'production', commit, by: 'octocat' });
    await check(commit, GATE, waits);
    const listed = async () =>
      (await stage.api.get('/api/jobs', WaitingJobs)).jobs.filter((one) => one.runId === runId);
    await stage.api.eventually('it to be listed', 120_000, async () =>
      (await listed()).length > 0 ? true : undefined,
    );
    stage.gitHub.completeWorkflowRun({
      repositoryId,
      path: 'ci.yml',
      branch: 'main',
      commit,
      conclusion: 'cancelled',
      runId,
    });
    await check(commit, GATE, concluded('cancelled'));
    await stage.api.eventually('it to be gone', 120_000, async () =>
      (await listed()).length === 0 ? true : undefined,
    );
  }, 300_000);

  test('is rejected while the environment is locked, with who and until when [A7][E9]', async () => {
    const lock = { reason: 'measuring', for: '1h' };
    const locked = await stage.api.send('POST', '/api/environments/shop/web/production/lock', lock);
    expect(locked.status).toBe(200);
    const [{ headSha: commit } = { headSha: '' }] = stage.gitHub.checkRuns();
    const asked = { repositoryId: stage.shop.repository.id, environment: 'production', commit, by: 'octocat' };
    const runId = stage.gitHub.askForJob({ ...asked, event: 'workflow_dispatch' });
    await stage.api.eventually('it to wait', 120_000, async () =>
      job(runId)?.comments[0]?.includes('locked by tester until') === true ? true : undefined,
    );
    click(await check(commit, GATE, waits), 'ann', 'approve');
    expect((await answered(runId, 'rejected')).comments.at(-1)).toMatch(/locked by tester until .*: measuring/);
  }, 300_000);
});

test('GitHub was never told anything that its own description does not allow [A2][A3][A4]', () => {
  expect(stage.gitHub.drift()).toEqual([]);
});
