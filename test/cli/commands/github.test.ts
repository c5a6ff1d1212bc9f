import { afterEach, describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { createGitHubClient } from '../../../activities/github/client.ts';
import { createDeployments } from '../../../activities/github/deployments.ts';
import { createTokenBroker } from '../../../activities/github/token-broker.ts';
import { Secret } from '../../../contracts/secret.ts';
import { TrialStep } from '../../../contracts/trial.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { primaryRateLimit, secondaryRateLimit, serverError } from '../../support/github/faults.ts';
import { startGitHub } from '../../support/github/start.ts';
import { createWorkCopy } from '../../support/github/work-copy.ts';
import { tempDir } from '../../support/tmp.ts';
import { landfall, type RunOptions } from '../support/run.ts';

const dir = tempDir();
const github = await startGitHub({ dir: join(dir, 'github') });
onCleanup(() => github.stop());
const web = await github.addRepository({ owner: 'acme', name: 'web' });
const work = await createWorkCopy(join(dir, 'work'), web.pushUrl);
const first = await work.commit({ 'a.txt': '1\n' }, 'Begin');
await work.push();
await work.git('switch', '--quiet', '--create', 'fix/price');
const onBranch = await work.commit({ 'a.txt': '2\n' }, 'Fix the price');
await work.push({ ref: 'fix/price' });
await work.git('switch', '--quiet', 'main');
const head = await work.commit({ 'a.txt': '3\n' }, 'Sell more\n\nMuch more.');
await work.push();

const MINUTE = 60_000;
const GRANTED = { checks: 'write', contents: 'read', deployments: 'write', metadata: 'read' } as const;
const env = {
  GITHUB_API_URL: github.url,
  GITHUB_APP_ID: String(github.appId),
  GITHUB_APP_PRIVATE_KEY: github.privateKey,
};

const Answer = z.object({
  ok: z.boolean(),
  repository: z.string().nullable(),
  ref: z.string().nullable(),
  environment: z.string().nullable(),
  steps: z.array(TrialStep),
});

/** Runs it with `--json`. Neither key nor token is ever in what it prints. */
async function attempt(argv: readonly string[], options: RunOptions = {}) {
  const ran = await landfall(['github', 'try', ...argv, '--json'], { env, ...options });
  expectNoSecret(`${ran.stdout}${ran.stderr}`);
  const answer = Answer.parse(JSON.parse(ran.stdout));
  return {
    ...ran,
    ...answer,
    names: answer.steps.map(({ step }) => step),
    failed: answer.steps.find(({ state }) => state === 'failed'),
  };
}

function expectNoSecret(text: string): void {
  expect(text).not.toMatch(/ghs_|eyJ|PRIVATE KEY-/);
  for (const line of github.privateKey.split('\n').filter((each) => each.length > 20)) expect(text).not.toContain(line);
}

/** States of the deployments that `work` makes on GitHub. */
async function deploymentsOf(work: () => Promise<unknown>) {
  const before = github.deployments().length;
  await work();
  return github
    .deployments()
    .slice(before)
    .map(({ statuses, ...deployment }) => ({ ...deployment, states: statuses.map(({ state }) => state) }));
}

const on = (repository: string, ...more: readonly string[]) => ['--repository', repository, ...more];

afterEach(() => {
  github.clearFaults();
  github.setClock(0);
  github.setPermissions(web.installationId, GRANTED);
  github.setAppPermissions(GRANTED);
  github.suspendInstallation(web.installationId, false);
  expect(github.drift()).toEqual([]);
});

const ALL = ['settings', 'key', 'app', 'installation', 'permissions', 'token', 'commit', 'deployment', 'in_progress', 'success', 'end']; // prettier-ignore

describe('landfall github try', () => {
  test('goes from the key to a success, step by step, and leaves nothing that looks live [A5]', async () => {
    const [deployment, ...more] = await deploymentsOf(async () => {
      const { code, stdout, stderr } = await landfall(['github', 'try', ...on('acme/web')], { env });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expectNoSecret(stdout);
      expect(stdout).toMatch(/^✓ authenticate as the App +App 4242 "Landfall" of acme$/m);
      expect(stdout).toMatch(new RegExp(`^✓ read the commit +${head.slice(0, 12)} Sell more$`, 'm'));
      expect(stdout).toMatch(/^✓ report "success"/m);
      expect(stdout).toMatch(/Nothing was deployed\.\n$/);
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
    const origin = { kind: 'github', repositoryId: web.id, repository: 'acme/web', installationId: web.installationId, cloneUrl: web.cloneUrl } as const; // prettier-ignore
    const tries = { mayBeDone: false, signal: new AbortController().signal };
    const environment = 'Production (EU)';
    const live = await deployments.open({ origin, deploymentId: 'live', commit: first, environment, production: false, transient: false, description: 'Live', mayExist: false }, tries); // prettier-ignore
    const report = { origin, gitHubDeploymentId: live, description: 'Live', logPath: '/' };
    await deployments.report({ ...report, state: 'success' }, tries);

    const [tried] = await deploymentsOf(() => attempt(on('acme/web', '--environment', environment)));
    expect(tried).toMatchObject({ environment, production: false, states: ['in_progress', 'success', 'inactive'] });
    expect(github.statuses(live).map(({ state }) => state)).toEqual(['success']);
  });
});

describe('what is wrong is named with what to do, nothing after it is tried, and the exit code is 1', () => {
  const otherKey = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;

  async function refused(argv: readonly string[], change: Readonly<Record<string, string>> = {}) {
    const before = github.deployments().length;
    const ran = await attempt(argv, { env: { ...env, ...change } });
    expect({ code: ran.code, ok: ran.ok }).toEqual({ code: 1, ok: false });
    expect(ran.steps.at(-1)).toBe(ran.failed);
    expect(github.deployments()).toHaveLength(before);
    expect(ran.failed?.todo).not.toMatch(/fault in Landfall/);
    return { step: ran.failed?.step, detail: ran.failed?.detail ?? '', todo: ran.failed?.todo ?? '' };
  }

  test('settings that are missing [A5]', async () => {
    const nothing = await refused(on('acme/web'), { GITHUB_APP_ID: '' });
    expect(nothing).toMatchObject({
      step: 'settings',
      detail: expect.stringMatching(/GITHUB_APP_ID: set it to the "App ID"/),
    });
    const noKey = await refused(on('acme/web'), { GITHUB_APP_PRIVATE_KEY: '' });
    expect(noKey).toMatchObject({ step: 'settings', detail: expect.stringContaining('GITHUB_APP_PRIVATE_KEY_FILE') });
    const noFile = { GITHUB_APP_PRIVATE_KEY: '', GITHUB_APP_PRIVATE_KEY_FILE: '/nowhere/app.pem' };
    expect((await refused(on('acme/web'), noFile)).detail).toContain('from /nowhere/app.pem: ENOENT');
  });

  test('a key that is none [A5]', async () => {
    const { step, detail, todo } = await refused(on('acme/web'), { GITHUB_APP_PRIVATE_KEY: 'hunter2-the-password' });
    expect(step).toBe('key');
    expect(todo).toContain('GITHUB_APP_PRIVATE_KEY_FILE');
    expect(detail).toMatch(/neither a whole PEM .* nor base64 of one/);
    expect(detail).not.toContain('hunter2');
  });

  test('a key of another App [A5]', async () => {
    const { step, detail, todo } = await refused(on('acme/web'), { GITHUB_APP_PRIVATE_KEY: otherKey });
    expect(step).toBe('app');
    expect(detail).toMatch(/GET \/app was answered 401 "A JSON web token could not be decoded"/);
    expect(todo).toMatch(/The key is none of App 4242's.*generate a new key/);
  });

  test('an App id that GitHub does not know [A5]', async () => {
    const { step, todo } = await refused(on('acme/web'), { GITHUB_APP_ID: '7' });
    expect(step).toBe('app');
    expect(todo).toMatch(/GitHub knows no App 7: set GITHUB_APP_ID/);
  });

  test('an App that is not installed at the owner [A5]', async () => {
    await github.addRepository({ owner: 'globex', name: 'site', installed: false });
    const { step, detail, todo } = await refused(on('globex/site'));
    expect(step).toBe('installation');
    expect(detail).toBe('the App "Landfall" is not installed at globex (it is at: acme)');
    expect(todo).toBe(`Install it at ${github.url}/apps/landfall/installations/new and let it include globex/site.`);
  });

  test('a repository that does not exist where every one is included [A5]', async () => {
    const { step, detail, todo } = await refused(on('Acme/nope'));
    expect(step).toBe('installation');
    expect(detail).toBe('the App is installed for every repository of acme, and Acme/nope is none of them');
    expect(todo).toContain('how the repository is spelt');
  });

  test('a repository that the installation does not include [A5]', async () => {
    const umbrella = await github.addRepository({ owner: 'umbrella', name: 'open' });
    await github.addRepository({ owner: 'umbrella', name: 'hidden', installed: false });
    const { step, detail, todo } = await refused(on('umbrella/hidden'));
    expect(step).toBe('installation');
    expect(detail).toContain('for selected repositories, and umbrella/hidden is not one of them');
    expect(todo).toMatch(new RegExp(`Add it under "Repository access" at .*/installations/${umbrella.installationId}`));
    github.removeInstallation(umbrella.installationId);
  });

  test('a suspended installation [A5]', async () => {
    github.suspendInstallation(web.installationId, true);
    const { step, detail, todo } = await refused(on('acme/web'));
    expect({ step, detail }).toEqual({ step: 'installation', detail: 'the installation at acme is suspended' });
    expect(todo).toMatch(/Unsuspend.*\/settings\/installations\/\d+/);
  });

  test('a permission that the installation has not accepted [A5]', async () => {
    github.setPermissions(web.installationId, {
      checks: 'write',
      contents: 'read',
      deployments: 'read',
      metadata: 'read',
    });
    const { step, detail, todo } = await refused(on('acme/web'));
    expect({ step, detail }).toEqual({
      step: 'permissions',
      detail: 'the installation at acme does not grant deployments: write',
    });
    expect(todo).toMatch(
      /^The App asks for it already: accept the new permissions for acme at .*\/settings\/installations\/\d+\.$/,
    );
  });

  test('permissions that the App does not ask for [A5]', async () => {
    github.setAppPermissions({ metadata: 'read', contents: 'read' });
    github.setPermissions(web.installationId, { metadata: 'read', contents: 'read' });
    const { detail, todo } = await refused(on('acme/web'));
    expect(detail).toContain('does not grant deployments: write, checks: write');
    expect(todo).toContain(
      `Grant deployments: write, checks: write under "Repository permissions" at ${github.url}/organizations/acme/settings/apps/landfall/permissions`,
    );
  });

  test('a permission that only commands and issues take is named with what is missing without it, and fails nothing [A5]', async () => {
    const { code, ok, steps } = await attempt(on('acme/web'));
    expect({ code, ok }).toEqual({ code: 0, ok: true });
    const { detail, todo } = steps.find(({ step }) => step === 'permissions') ?? {};
    expect(detail).toMatch(/; not pull_requests: write, issues: write, actions: read$/);
    expect(todo).toMatch(/Without pull_requests: write, commands on pull requests are not answered/);
    expect(todo).toMatch(/Grant pull_requests: write, issues: write, actions: read under "Repository permissions"/);

    const all = { ...GRANTED, pull_requests: 'write', issues: 'write', actions: 'read' } as const;
    github.setPermissions(web.installationId, all);
    const { steps: complete } = await attempt(on('acme/web'));
    expect(complete.find(({ step }) => step === 'permissions')).not.toHaveProperty('todo');
  });

  test('a ref that does not exist [A5]', async () => {
    const { step, detail, todo } = await refused(on('acme/web', '--ref', 'release/9'));
    expect(step).toBe('commit');
    expect(detail).toContain('"No commit found for SHA: release/9"');
    expect(todo).toBe('Name a branch, a tag or a commit that is in acme/web.');
  });

  test('a repository without a commit [A5]', async () => {
    await github.addRepository({ owner: 'acme', name: 'empty' });
    const { step, todo } = await refused(on('acme/empty'));
    expect({ step, todo }).toEqual({ step: 'commit', todo: 'acme/empty has no commit yet: push one, then try again.' });
  });

  test('a GitHub that is away, ill, or not GitHub [A5][A4]', async () => {
    const other = createServer((_, res) => res.writeHead(404, { 'content-type': 'text/html' }).end('<h1>nginx</h1>'));
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    expect((await refused(on('acme/web'), { GITHUB_API_URL: url })).todo).toContain(
      `${url} does not answer as GitHub's API does`,
    );
    other.closeAllConnections();
    await once(other.close(), 'close');
    const away = await refused(on('acme/web'), { GITHUB_API_URL: url });
    expect(away.detail).toContain('GET /app: no connection');
    expect(away.todo).toContain(`Check that this machine reaches ${url} (GITHUB_API_URL)`);
    github.fault({ operation: 'apps/get-authenticated', answer: serverError(503) });
    expect((await refused(on('acme/web'))).todo).toContain('githubstatus.com');
  });

  test('a limit of GitHub, with how long to wait [A5][A4]', async () => {
    github.fault({ operation: 'repos/get-commit', answer: primaryRateLimit(Date.now() + 30 * MINUTE) });
    const { step, todo } = await refused(on('acme/web'));
    expect(step).toBe('commit');
    expect(todo).toMatch(/^GitHub asks to wait: try again in (30|31) min\.$/);
  });

  test('a refusal to create the deployment [A5][A4]', async () => {
    github.fault({ operation: 'repos/create-deployment', answer: secondaryRateLimit(120) });
    const ran = await attempt(on('acme/web'));
    expect(ran.failed).toMatchObject({ step: 'deployment', todo: 'GitHub asks to wait: try again in 2 min.' });
  });
});

describe('a clock', () => {
  test.each([
    [40, /clock is about 40 min behind GitHub's/],
    [-40, /clock is about 40 min ahead of GitHub's/],
  ])('that is %i minutes off is said with what to do, and gone around [A5][A1]', async (minutes, words) => {
    github.setClock(minutes * MINUTE);
    const { code, steps } = await attempt(on('acme/web'));
    expect(code).toBe(0);
    const app = steps.find(({ step }) => step === 'app');
    expect(app).toMatchObject({
      detail: expect.stringMatching(words),
      todo: expect.stringContaining("Set this machine's clock"),
    });
  });

  test('that GitHub refuses in spite of it is named as the reason [A5]', async () => {
    const message = "'Expiration time' claim ('exp') is too far in the future";
    github.fault({ operation: 'apps/get-authenticated', answer: { status: 401, body: { message } } });
    const { failed } = await attempt(on('acme/web'));
    expect(failed).toMatchObject({ step: 'app', todo: expect.stringContaining("set this machine's clock (NTP)") });
  });
});

describe('a deployment that was begun is ended whatever happens', () => {
  test.each(['in_progress', 'success'] as const)('when "%s" cannot be reported [A5]', async (state) => {
    const created = 'repos/create-deployment-status';
    if (state === 'success') github.fault({ operation: created, delayMs: 0 });
    github.fault({ operation: created, answer: serverError() });
    const deployments = await deploymentsOf(async () => {
      const { code, failed, names, steps } = await attempt(on('acme/web'));
      expect(code).toBe(1);
      expect(failed?.step).toBe(state);
      expect(names.at(-1)).toBe('end');
      expect(steps.at(-1)?.state).toBe('done');
    });
    expect(deployments).toMatchObject([{ states: state === 'success' ? ['in_progress', 'error'] : ['error'] }]);
  });

  test('when only the answer to creating it was lost [A5]', async () => {
    github.fault({ operation: 'repos/create-deployment', when: 'after', hangUp: true });
    const deployments = await deploymentsOf(async () => {
      const { failed, names } = await attempt(on('acme/web'));
      expect(failed?.step).toBe('deployment');
      expect(names.at(-1)).toBe('end');
    });
    expect(deployments).toMatchObject([{ states: ['error'] }]);
  });

  test('also when GitHub is ill just then, and is said when it cannot be [A5]', async () => {
    const operation = 'repos/create-deployment-status';
    for (const last of ['recovers', 'stays ill']) {
      github.fault({ operation, delayMs: 0, times: 2 });
      github.fault({ operation, answer: serverError(), times: last === 'recovers' ? 1 : 3 });
      const [deployment] = await deploymentsOf(async () => {
        const { code, failed } = await attempt(on('acme/web'));
        expect({ last, code, step: failed?.step }).toEqual(
          last === 'recovers' ? { last, code: 0, step: undefined } : { last, code: 1, step: 'end' },
        );
        if (failed)
          expect(failed).toMatchObject({
            detail: expect.stringContaining('may still look live'),
            todo: expect.stringContaining('/acme/web/deployments'),
          });
      });
      expect(deployment?.states.at(-1)).toBe(last === 'recovers' ? 'inactive' : 'success');
      github.clearFaults();
    }
  });

  test('when it is interrupted in the middle: the exit code is 130 [A5]', async () => {
    github.fault({ operation: 'repos/create-deployment-status', delayMs: 1_000 });
    const stop = new AbortController();
    const [deployment] = await deploymentsOf(async () => {
      const before = github.deployments().length;
      const running = landfall(['github', 'try', ...on('acme/web')], { env, signal: stop.signal });
      await eventually('the deployment', () => github.deployments().length > before);
      stop.abort();
      const { code, stdout } = await running;
      expect(code).toBe(130);
      expect(stdout).toMatch(/^✗ report "(in_progress|success)" +it was interrupted$/m);
      expect(stdout).toMatch(/^✓ end the deployment +deployment \d+ is "error"$/m);
    });
    expect(deployment?.states.at(-1)).toBe('error');
  });
});

describe('landfall github try --interactive', () => {
  test('lists repositories, commits and environments, and tries what was chosen by number [A5]', async () => {
    await attempt(on('acme/web', '--environment', 'staging'));
    const [deployment] = await deploymentsOf(async () => {
      const { code, stdout, stderr } = await landfall(['github', 'try', '--interactive'], {
        env,
        stdin: 'acme/web\n2\n2\n',
      });
      expect(code).toBe(0);
      expectNoSecret(`${stdout}${stderr}`);
      expect(stderr).toMatch(/Which repository\?\n(.*\n)* +\d+ +acme\/web +private, pushed \d{4}-\d\d-\d\d\n/);
      expect(stderr).toMatch(
        new RegExp(`Which commit of acme/web\\?\n +1 +${head} +\\d{4}-\\d\\d-\\d\\d Sell more\n +2 +${first} `),
      );
      expect(stderr).toMatch(/Which environment\?\n +1 +landfall-try +for trials alone\n/);
      expect(stdout.match(/^✓ /gm)).toHaveLength(ALL.length);
    });
    expect(deployment).toMatchObject({ sha: first, states: ['in_progress', 'success', 'inactive'] });
    expect(deployment?.environment).not.toBe('landfall-try');
  });

  test('takes the first of each for an empty answer, asks again for one that is none, and asks only what is not given [A5]', async () => {
    const { code, names, stderr, ...told } = await attempt([...on('acme/web'), '--interactive'], {
      stdin: '99\n--x\n\nmine\n',
    });
    expect(code).toBe(0);
    expect(stderr).not.toContain('Which repository?');
    expect(stderr.match(/That is neither a number from 1 to 2 nor a branch/g)).toHaveLength(2);
    expect(names).toEqual(ALL);
    expect(told).toMatchObject({ repository: 'acme/web', ref: head, environment: 'mine' });
  });

  test('lists what GitHub has when the App may read Actions [A5]', async () => {
    github.setPermissions(web.installationId, { ...GRANTED, actions: 'read' });
    const before = github.calls().length;
    const { code, stderr } = await attempt([...on('acme/web', '--ref', 'main'), '--interactive'], { stdin: '1\n' });
    expect(code).toBe(0);
    expect(stderr).toContain('on GitHub; what runs there stays as it is');
    expect(
      github
        .calls()
        .slice(before)
        .map(({ operation }) => operation),
    ).toContain('repos/get-all-environments');
  });

  test('says what is wrong with the App instead of asking [A5]', async () => {
    const { code, failed, stderr } = await attempt(['--interactive'], { env: { ...env, GITHUB_APP_ID: '7' } });
    expect(code).toBe(1);
    expect(failed).toMatchObject({ step: 'app', state: 'failed' });
    expect(stderr).not.toContain('Which');
    github.suspendInstallation(web.installationId, true);
    const suspended = await attempt(['--interactive']);
    expect(suspended.failed).toMatchObject({ step: 'repositories', detail: 'every installation is suspended' });
  });

  test('ends with an error when the input has ended, or nothing does for an answer [A5]', async () => {
    for (const [stdin, why] of [
      ['', 'the input has ended'],
      ['acme/web\n', 'the input has ended'],
      ['x\nx\nx\nx\nx\n', 'no answer was one of the choices'],
    ] as const) {
      const { code, stdout, stderr } = await landfall(['github', 'try', '--interactive'], { env, stdin });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain(why);
      expect(stderr).toMatch(/do: +(Answer in a terminal, or use|Start again, or name)/);
    }
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
