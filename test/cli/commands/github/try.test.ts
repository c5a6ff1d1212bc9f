/** `landfall github try`: what it does, and what it takes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createGitHubClient } from '../../../../activities/github/client.ts';
import { createDeployments } from '../../../../activities/github/deployments.ts';
import { createTokenBroker } from '../../../../activities/github/token-broker.ts';
import { Secret } from '../../../../contracts/core/secret.ts';
import { landfall } from '../../support/run.ts';
import { ALL, on, startTrials } from '../../support/trials.ts';

const { dir, github, web, work, first, onBranch, head, env, attempt, expectNoSecret, deploymentsOf, calm } =
  await startTrials();
afterEach(calm);

describe('landfall github try', () => {
  test('goes from the key to a success, step by step, and leaves nothing that looks live [A5]', async () => {
    const [deployment, ...more] = await deploymentsOf(async () => {
      const { code, stdout, stderr } = await landfall(['github', 'try', ...on('acme/web')], { env });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expectNoSecret(stdout);
      expect(stdout).toMatch(/^✓ authenticate as the App +App 4242 "Landfall" of acme$/m);
      expect(stdout).toMatch(new RegExp(`^✓ read the commit +${head.slice(0, 7)} Sell more$`, 'm'));
      expect(stdout).toMatch(/^✓ report "success"/m);
      expect(stdout).toMatch(/Nothing was deployed\.\n/);
    });
    expect(more).toEqual([]);
    expect(deployment).toMatchObject({
      sha: head,
      ref: head,
      environment: 'landfall-try',
      description: "Trial of Landfall's GitHub App: nothing is deployed.",
      transient: true,
      production: false,
      task: 'landfall-try',
      states: ['in_progress', 'success', 'inactive'],
    });
  });

  test('says the same as one document with --json [A5]', async () => {
    const { code, ok, names, stderr, ...told } = await attempt(on('acme/web'));
    expect({ code, ok, stderr }).toEqual({ code: 0, ok: true, stderr: '' });
    expect(names).toEqual(ALL);
    expect(told).toMatchObject({ repository: 'acme/web', ref: null, environment: 'landfall-try' });
  });

  test.each([
    ['a branch with a slash in its name', 'fix/price', onBranch],
    ['a commit', first, first],
    ['a shortened commit', first.slice(0, 10), first],
  ])('takes %s [A5]', async (_, ref, commit) => {
    const deployments = await deploymentsOf(async () => {
      expect((await attempt(on('acme/web', '--ref', ref))).code).toBe(0);
    });
    expect(deployments).toMatchObject([{ sha: commit, ref: commit }]);
  });

  test('takes the key from a file, and a repository by an earlier name [A5]', async () => {
    const file = join(dir, 'app.pem');
    writeFileSync(file, github.privateKey);
    const shop = await github.addRepository({ owner: 'acme', name: 'shop' });
    await work.git('push', '--quiet', shop.pushUrl, 'HEAD:refs/heads/main');
    github.renameRepository(shop.id, 'store');
    const { code, steps } = await attempt(on('acme/shop'), {
      env: { ...env, GITHUB_APP_PRIVATE_KEY: '', GITHUB_APP_PRIVATE_KEY_FILE: file },
    });
    expect(code).toBe(0);
    expect(steps.find(({ step }) => step === 'token')?.detail).toContain('acme/store alone');
  });

  test('leaves what is live in the same environment as it is [A5]', async () => {
    const privateKey = new Secret(github.privateKey);
    const broker = createTokenBroker({ apiUrl: github.url, appId: github.appId, privateKey });
    const deployments = createDeployments(
      createGitHubClient({ apiUrl: github.url, broker }),
      'https://landfall.example',
    );
    const origin = {
      kind: 'github',
      repositoryId: web.id,
      repository: 'acme/web',
      installationId: web.installationId,
      cloneUrl: web.cloneUrl,
    } as const;
    const tries = { mayBeDone: false, signal: new AbortController().signal };
    const environment = 'Production (EU)';
    const live = await deployments.open(
      {
        origin,
        deploymentId: 'live',
        commit: first,
        environment,
        production: false,
        transient: false,
        description: 'Live',
        mayExist: false,
      },
      tries,
    );
    const report = { origin, gitHubDeploymentId: live, description: 'Live', logPath: '/' };
    await deployments.report({ ...report, state: 'success' }, tries);

    const [tried] = await deploymentsOf(() => attempt(on('acme/web', '--environment', environment)));
    expect(tried).toMatchObject({ environment, production: false, states: ['in_progress', 'success', 'inactive'] });
    expect(github.statuses(live).map(({ state }) => state)).toEqual(['success']);
  });
});

test('without a repository, or with one that is none, it says so before anything is asked [A5]', async () => {
  const before = github.calls().length;
  const none = await landfall(['github', 'try'], { env });
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('Name one with --repository OWNER/NAME') });
  for (const argv of [
    on('acme'),
    on('acme/web/x'),
    on('acme/web', '--ref=--upload-pack=x'),
    on('acme/web', '--environment=a\nb'),
  ]) {
    expect(await landfall(['github', 'try', ...argv], { env })).toMatchObject({ code: 1, stdout: '' });
  }
  expect(github.calls()).toHaveLength(before);
});
