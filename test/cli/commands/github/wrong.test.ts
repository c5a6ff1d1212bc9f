/** `landfall github try`: everything that can be wrong with an App has words of its own. */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { primaryRateLimit, secondaryRateLimit, serverError } from '../../../../stand-ins/github/faults.ts';
import { landfall } from '../../support/run.ts';
import { GRANTED, on, startTrials } from '../../support/trials.ts';

const { github, web, env, attempt, calm } = await startTrials();
afterEach(calm);
const MINUTE = 60_000;

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
    const granted = complete.find(({ step }) => step === 'permissions');
    expect(granted).not.toHaveProperty('todo');
    expect(granted).not.toHaveProperty('lacking');
    expect((await attempt(on('acme/web', '--all-permissions'))).code).toBe(0);
  });

  test('what such a permission is missing for is said again at the end, with how to make it fail [A5]', async () => {
    github.setPermissions(web.installationId, { ...GRANTED, pull_requests: 'write', actions: 'read' });
    const { code, stdout } = await landfall(['github', 'try', ...on('acme/web')], { env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nGitHub accepts this App for acme\/web\. Nothing was deployed\.\n/);
    expect(stdout).toMatch(/A part of Landfall will not work; that is an error with --all-permissions only:\n/);
    expect(stdout).toMatch(
      /\n- without issues: write, commands on issues are not answered, and no issue tells of a failed deployment\n$/,
    );
  });

  test('such a permission fails with --all-permissions, which names those that every deployment takes as well [A5]', async () => {
    const { step, detail, todo } = await refused(on('acme/web', '--all-permissions'));
    expect({ step, detail }).toEqual({
      step: 'permissions',
      detail: 'the installation at acme does not grant pull_requests: write, issues: write, actions: read',
    });
    expect(todo).toMatch(/^Without pull_requests: write, commands on pull requests are not answered\. Without issues/);
    expect(todo).toMatch(/Grant pull_requests: write, issues: write, actions: read under "Repository permissions"/);

    github.setPermissions(web.installationId, { ...GRANTED, deployments: 'read', issues: 'write', actions: 'read' });
    const both = await refused(on('acme/web', '--all-permissions'));
    expect(both.detail).toMatch(/does not grant deployments: write, pull_requests: write$/);
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
