/** A CI system builds and pushes its own images, and has them deployed with the very step that docs/ci.md shows. */
import { execFile, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { DecisionView } from '../../contracts/http/api.ts';
import { DeployProblem } from '../../contracts/http/deploy.ts';
import { testDatabase } from '../store/support/databases.ts';
import { writeFixtureApp } from '../support/fixtures/app.ts';
import type { FixtureApp } from '../support/fixtures/app.ts';
import { onCleanup } from '../support/cleanup.ts';
import { shopYaml } from '../support/stage/shop.ts';
import { setStage } from '../support/stage/stage.ts';
import type { Stage } from '../support/stage/stage.ts';
import { tempDir } from '../support/tmp.ts';

const execute = promisify(execFile);
const KeptDecision = DecisionView.extend({ cause: z.string() });
const SECRET = 'the-secret-of-github-actions';
const DOCS = fileURLToPath(new URL('../../docs/ci.md', import.meta.url));

let stage: Stage;
let dir: string;
beforeAll(async () => {
  dir = tempDir();
  const secrets = join(dir, 'deploy-secrets');
  writeFileSync(secrets, `actions:${SECRET}\n`, { mode: 0o600 });
  stage = await setStage({
    databaseUrl: await testDatabase(),
    dir: join(dir, 's'),
    env: { LANDFALL_DEPLOY_SECRETS_FILE: secrets },
  });
  onCleanup(() => stage.stop());
}, 300_000);

const landfallYaml = (port: number): string =>
  shopYaml(`  production:
    production: true
    autoDeploy: false
    target: { podman: { hosts: [local], publish: { web: ${port} } } }
`);

const host = () => {
  const [only] = stage.hosts;
  if (!only) throw new Error('the stage has no host');
  return only;
};
const imageOf = (commit: string) => `${stage.registry}/shop/web:${commit}`;

/** A commit on the default branch; Landfall has seen it, and left it alone. */
async function commitOf(app: FixtureApp): Promise<string> {
  const commit = await stage.shop.push({ ...app, landfallYaml: landfallYaml(stage.shop.publishPort) });
  await stage.gitHub.webhooksSent();
  return commit;
}

/** A CI job's work before its request: build the commit, push the image, keep nothing. */
async function built(app: FixtureApp): Promise<string> {
  const commit = await commitOf(app);
  await buildAndPush(commit);
  return commit;
}

async function buildAndPush(commit: string): Promise<void> {
  await host().podman(['build', '--quiet', '--format', 'docker', '--tag', imageOf(commit), stage.shop.dir]);
  await host().podman(['push', '--quiet', imageOf(commit)]);
  await host().podman(['rmi', '--force', imageOf(commit)]);
}

/** The step's script, word for word. */
function script(): string {
  const [, step = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(DOCS, 'utf8')) ?? [];
  const [{ run }] = z.tuple([z.object({ run: z.string() })]).parse(parse(step));
  return run;
}

/** Runs the step as a runner does. `after` is called while it runs. */
async function step(commit: string, runId: string, after?: () => Promise<void>) {
  const child = spawn('sh', ['-e', '-c', script()], {
    cwd: dir,
    env: {
      PATH: process.env['PATH'],
      LANDFALL_URL: stage.landfall.url,
      LANDFALL_DEPLOY_SECRET: SECRET,
      GITHUB_SHA: commit,
      GITHUB_RUN_ID: runId,
      GITHUB_RUN_ATTEMPT: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.resume();
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  await after?.();
  return { code: await exit, answer: DeployProblem.partial().parse(JSON.parse(output)) };
}

/** The same request without the step's patience: one attempt. */
function ask(
  commit: string,
  runId: string,
  { environment = 'production', signal }: { readonly environment?: string; readonly signal?: AbortSignal } = {},
): Promise<Response> {
  const body = JSON.stringify({ image_sha: commit, service: 'shop/web', environment });
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const nonce = `${runId}-1`;
  const signature = createHmac('sha256', SECRET).update(`${timestamp}.${nonce}.${body}`).digest('hex');
  const headers = {
    'content-type': 'application/json',
    'x-landfall-timestamp': timestamp,
    'x-landfall-nonce': nonce,
    'x-hub-signature-256': `sha256=${signature}`,
  };
  return fetch(`${stage.landfall.url}/deploy`, { method: 'POST', body, headers, ...(signal && { signal }) });
}

const running = async () => (await host().podman(['ps', '--format', '{{.ID}} {{.Image}}'])).stdout;
const gitHubDeployments = (commit: string) => stage.gitHub.deployments().filter(({ sha }) => sha === commit);
const begun = (commit: string) =>
  stage.api.eventually('the deployment to begin', 120_000, async () => {
    const [deployment] = (await stage.api.releaseOf(commit)).deployments;
    return deployment === undefined || deployment.state === 'queued' ? undefined : true;
  });

describe('the step that docs/ci.md shows', () => {
  let first: string;

  test('passes once the image that CI has pushed serves, and Landfall has built nothing [C1][C3][C4]', async () => {
    first = await built({ version: '1' });
    const { code, answer } = await step(first, '4711001');
    expect(await stage.shop.visit()).toBe('200 ok 1');
    expect({ code, ...answer }).toMatchObject({ code: 0, state: 'live', commit: first, environment: 'production' });
    expect(answer.log).toEqual(expect.arrayContaining([expect.stringContaining('local has ')]));
    expect(await stage.api.ended(first)).toMatchObject({ state: 'completed', build: null, actor: 'actions' });
    expect(gitHubDeployments(first)).toHaveLength(1);
  }, 300_000);

  test('fails when it is not healthy, and by then the one before it answers again [C4]', async () => {
    const before = await running();
    const commit = await built({ version: '2', health: 'failing' });
    const { code, answer } = await step(commit, '4711002');
    expect(await stage.shop.visit()).toBe('200 ok 1');
    expect({ code, ...answer }).toMatchObject({
      code: 22,
      status: 502,
      state: 'rolled_back',
      failure: { type: 'Unhealthy' },
    });
    expect(answer.log?.join('\n')).toContain('404');
    expect(await running()).toBe(before);
    // Curl's repeated requests joined the first.
    expect(gitHubDeployments(commit)).toHaveLength(1);
  }, 300_000);

  test('rides out a kill -9 of Landfall, and the image is deployed once [C4][F1]', async () => {
    const commit = await built({ version: '3' });
    const { code, answer } = await step(commit, '4711003', async () => {
      await begun(commit);
      await stage.landfall.kill();
      await stage.landfall.start();
    });
    expect(await stage.shop.visit()).toBe('200 ok 3');
    expect({ code, ...answer }).toMatchObject({ code: 0, state: 'live' });
    expect(gitHubDeployments(commit)).toHaveLength(1);
  }, 300_000);
});

describe('nothing is touched', () => {
  test('by an image that nobody pushed: 404 [C1][C2]', async () => {
    const before = await running();
    const commit = await commitOf({ version: '4' });
    const response = await ask(commit, '4711004');
    expect([response.status, await response.json()]).toMatchObject([404, { detail: expect.stringContaining(commit) }]);
    expect(await running()).toBe(before);
  }, 300_000);

  test('by a request for an environment that is not there: 422, with those that are [C1][C2]', async () => {
    const before = await running();
    const response = await ask(await commitOf({ version: '4.1' }), '4711041', { environment: 'moon' });
    const problem = DeployProblem.parse(await response.json());
    expect([response.status, problem.type]).toEqual([422, 'urn:landfall:problem:InvalidRequest']);
    expect(problem.detail).toMatch(/moon.*production/s);
    expect(await running()).toBe(before);
  }, 300_000);

  test('by an image that cannot be pulled: 4xx, and the service serves on [C2]', async () => {
    const before = await running();
    const commit = await built({ version: '5' });
    await loseLastLayer(commit);
    const response = await ask(commit, '4711005');
    const problem = DeployProblem.parse(await response.json());
    expect(Math.floor(response.status / 100)).toBe(4);
    expect(problem).toMatchObject({ state: 'failed', detail: expect.stringContaining('Nothing was touched.') });
    expect(problem.detail).toContain('Pulling');
    expect(await running()).toBe(before);
    expect(await stage.shop.visit()).toBe('200 ok 3');
  }, 300_000);
});

test('a dropped connection changes nothing: it lands, and asking again joins [C4]', async () => {
  const commit = await built({ version: '6' });
  const connection = new AbortController();
  const dropped = ask(commit, '4711006', { signal: connection.signal }).catch(() => 'dropped');
  await begun(commit);
  connection.abort();
  expect(await dropped).toBe('dropped');

  const { code, answer } = await step(commit, '4711006');
  expect({ code, ...answer }).toMatchObject({ code: 0, state: 'live', commit });
  expect(await stage.shop.visit()).toBe('200 ok 6');
  expect(gitHubDeployments(commit)).toHaveLength(1);
}, 300_000);

test('what the service depends on runs on, not even restarted; its own old container takes no requests [C3][C4]', async () => {
  const commit = await built({ version: '7' });
  await host().podman(['run', '--detach', '--name', 'shop-db', imageOf(commit)]);
  const dependency = async () =>
    (await host().podman(['inspect', '--format', '{{.Id}} {{.State.Status}} {{.State.StartedAt}}', 'shop-db'])).stdout;
  const before = await dependency();
  const response = await ask(commit, '4711007');
  const after = await dependency();
  await host().podman(['rm', '--force', '--time', '0', 'shop-db']);

  expect([response.status, await response.json()]).toMatchObject([200, { state: 'live' }]);
  expect(before).toContain(' running ');
  expect(after).toBe(before);
  const visits = await Promise.all(Array.from({ length: 20 }, () => stage.shop.visit()));
  expect(new Set(visits)).toEqual(new Set(['200 ok 7']));
}, 300_000);

test('a merge queue: checked before it is merged, built by CI, deployed once [C1][C3][C4][B1]', async () => {
  const { gitHub, shop } = stage;
  const { id: repositoryId } = shop.repository;
  const inShop = async (...args: string[]) =>
    (
      await execute('git', [
        '-C',
        shop.dir,
        '-c',
        'user.name=Octo Cat',
        '-c',
        'user.email=octocat@example.com',
        ...args,
      ])
    ).stdout.trim();
  const queue = 'gh-readonly-queue/main/pr-1';
  const pushTo = (ref: string) => inShop('push', '--quiet', shop.repository.pushUrl, ref);

  // The queue puts the pull request on top of main, at a branch of its own, and asks for the required checks.
  writeFixtureApp(shop.dir, { version: '8' });
  await inShop('commit', '--quiet', '--all', '--message', 'Merge pull request #1');
  const commit = await inShop('rev-parse', 'HEAD');
  await pushTo(`HEAD:refs/heads/${queue}`);
  await gitHub.requestMergeGroupChecks({ repositoryId, branch: 'main', commit });
  const check = await stage.api.eventually('the required check', 120_000, async () =>
    gitHub.checkRuns().find(({ headSha, name, conclusion }) => headSha === commit && name === 'landfall' && conclusion),
  );
  expect(check).toMatchObject({ status: 'completed', conclusion: 'success', title: 'landfall.yaml is valid' });

  // The check has passed: GitHub merges, and removes its branch. CI builds the new main, and requests its deployment.
  await pushTo('HEAD:refs/heads/main');
  await pushTo(`:refs/heads/${queue}`);
  await gitHub.webhooksSent();
  await buildAndPush(commit);
  const { code, answer } = await step(commit, '4711008');
  expect({ code, ...answer }).toMatchObject({ code: 0, state: 'live', commit });
  expect(await shop.visit()).toBe('200 ok 8');
  expect(gitHubDeployments(commit)).toHaveLength(1);

  const decided = await stage.api.get('/api/decisions?limit=200', z.array(KeptDecision));
  const about = decided.filter((one) => one.commit === commit);
  expect(about.filter(({ shouldDeploy }) => shouldDeploy)).toMatchObject([{ cause: 'image', imageTag: commit }]);
  // The push to main built nothing: production is deployed on request.
  expect(about.filter(({ cause }) => cause === 'push')).toMatchObject([{ reason: 'on_request_only' }]);
}, 300_000);

test('the secret is in no log and no answer', () => {
  for (const file of [join(stage.dir, 'landfall.log'), join(dir, 'landfall.json')]) {
    expect(readFileSync(file, 'utf8')).not.toContain(SECRET);
  }
  expect(stage.gitHub.drift()).toEqual([]);
});

/** The registry still knows the image, and cannot serve all of it: as after a disk that lost a file. */
async function loseLastLayer(commit: string): Promise<void> {
  const accept = 'application/vnd.docker.distribution.manifest.v2+json';
  const response = await fetch(`http://${stage.registry}/v2/shop/web/manifests/${commit}`, { headers: { accept } });
  const { layers } = z.object({ layers: z.array(z.object({ digest: z.string() })) }).parse(await response.json());
  const layer = `http://${stage.registry}/v2/shop/web/blobs/${layers.at(-1)?.digest ?? ''}`;
  expect((await fetch(layer, { method: 'DELETE' })).status).toBe(202);
}
