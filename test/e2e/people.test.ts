/** People's actions on a real Landfall: they approve, roll back, lock, and no deployment gets past them. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { DeploymentView, ReleaseAccepted, ReleaseView } from '../../contracts/http/api.ts';
import { EnvironmentStatus } from '../../contracts/http/people.ts';
import { freePort } from '../../infra/dev/process.ts';
import { createRepository } from '../activities/source/repository.ts';
import { testDatabase } from '../store/support/databases.ts';
import { onCleanup } from '../support/cleanup.ts';
import { writeFixtureApp } from '../support/fixtures/app.ts';
import { startGitServer } from '../../stand-ins/git-server.ts';
import { putImage } from '../support/registry-image.ts';
import { shopYaml } from '../support/stage/shop.ts';
import { setStage } from '../support/stage/stage.ts';
import type { Stage } from '../support/stage/stage.ts';
import { tempDir } from '../support/tmp.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const STAGING = '/api/environments/shop/web/staging';
const PRODUCTION = '/api/environments/shop/web/production';

let stage: Stage;
let stagingPort: number;
let first: DeploymentView;

beforeAll(async () => {
  stage = await setStage({ databaseUrl: await testDatabase(), dir: tempDir() });
  onCleanup(() => stage.stop());
  stagingPort = await freePort();
}, 300_000);

const landfallYaml = (): string => {
  const podman = (port: number) =>
    `podman: { hosts: [local], strategy: blue-green, publish: { web: ${String(port)} } }`;
  return shopYaml(`  staging:
    target:
      ${podman(stagingPort)}
  production:
    production: true
    approval: { from: { users: ["token:tester"] }, selfReview: true }
    target:
      ${podman(stage.shop.publishPort)}
`);
};

const push = (version: string) => stage.shop.push({ version, landfallYaml: landfallYaml() });

async function visitStaging(): Promise<string> {
  return (await (await fetch(`http://127.0.0.1:${String(stagingPort)}/`)).text()).trim();
}

/** The deployment to this environment, once it is in this state. */
const deploymentOf = (commit: string, environment: string, state: DeploymentView['state']) =>
  stage.api.eventually(`${commit} to be ${state} in ${environment}`, 90_000, async () => {
    const { deployments } = await stage.api.releaseOf(commit);
    return deployments.find((one) => one.environment === environment && one.state === state);
  });

const environment = (path: string) => stage.api.get(path, EnvironmentStatus);

async function approve({ id, commit, digest }: DeploymentView): Promise<void> {
  const response = await stage.api.send('POST', `/api/deployments/${id}/approve`, { note: 'seen', commit, digest });
  expect([response.status, await response.json()]).toMatchObject([200, { state: 'approved' }]);
}

/** The command line as people run it: a process of its own. */
async function landfall(...argv: readonly string[]): Promise<unknown> {
  const token = readFileSync(join(stage.dir, 'tokens'), 'utf8').trim().replace('tester:', '');
  const env = { PATH: process.env['PATH'], HOME: stage.dir, LANDFALL_URL: stage.landfall.url, LANDFALL_TOKEN: token };
  const ran = promisify(execFile)(process.execPath, [MAIN, ...argv, '--json'], { env });
  const { stdout } = await ran.catch((error: unknown) => {
    // The failure itself is on standard output.
    const { message, stdout: said } = error as Error & { readonly stdout: string };
    throw new Error(`${message}\n${said}`, { cause: error });
  });
  return JSON.parse(stdout);
}

describe('an environment that asks first', () => {
  test('gets what staging got once somebody says yes: the same digest, built once [A6][A7][E2]', async () => {
    const commit = await push('1');
    const waiting = await deploymentOf(commit, 'production', 'awaiting_approval');
    expect(await visitStaging()).toBe('ok 1');
    expect(await stage.shop.visit()).not.toContain('200');

    await approve(waiting);

    const release = await stage.api.ended(commit);
    expect(release).toMatchObject({
      state: 'completed',
      deployments: [
        { environment: 'staging', state: 'live', digest: release.build?.digest },
        { environment: 'production', state: 'live', digest: release.build?.digest },
      ],
    });
    expect(await stage.shop.visit()).toBe('200 ok 1');
    first = await stage.api.deployment(waiting.id);
  }, 300_000);

  test('gets the next version in the same way [A7]', async () => {
    const commit = await push('2');
    await approve(await deploymentOf(commit, 'production', 'awaiting_approval'));
    expect(await stage.api.ended(commit)).toMatchObject({ state: 'completed' });
    expect(await stage.shop.visit()).toBe('200 ok 2');
  }, 300_000);
});

describe('a rollback by hand', () => {
  test('brings the digest back that ran before, verified, as a deployment of its own [A9][F6]', async () => {
    const release = ReleaseView.parse(await landfall('rollback', 'shop/web', 'production', '--wait'));
    const [deployment] = release.deployments;
    expect(deployment).toMatchObject({ state: 'live', digest: first.digest, commit: first.commit, actor: 'tester' });
    expect(deployment?.id).not.toBe(first.id);
    expect(deployment?.steps).toContainEqual(expect.objectContaining({ step: 'verify', state: 'done' }));
    expect(release.build).toBeNull();
    expect(await stage.shop.visit()).toBe('200 ok 1');
    // The store hears of it beside the path.
    const { now } = await stage.api.eventually('it to be what is live', 120_000, async () => {
      const status = await environment(PRODUCTION);
      return status.live?.deploymentId === deployment?.id ? status : undefined;
    });
    expect(now?.hold).toMatchObject({ by: { kind: 'token', name: 'tester' }, deploymentId: deployment?.id });
    expect(await landfall('queue', 'shop/web', 'production')).toMatchObject({ answered: true });
  }, 300_000);

  test('keeps automatic deployments out until somebody deploys by hand [A9][E9]', async () => {
    const commit = await push('3');
    await approve(await deploymentOf(commit, 'production', 'awaiting_approval'));
    expect(await stage.api.ended(commit)).toMatchObject({
      state: 'cancelled',
      failure: { type: 'HeldAfterRollback' },
      deployments: [{ state: 'live' }, { state: 'cancelled' }],
    });
    expect([await visitStaging(), await stage.shop.visit()]).toEqual(['ok 3', '200 ok 1']);

    const asked = { project: 'shop', service: 'web', environment: 'production', ref: commit };
    const { released } = ReleaseAccepted.parse(await (await stage.api.send('POST', '/api/releases', asked)).json());
    const byHand = await stage.api.eventually('it to wait for approval', 120_000, async () => {
      const { deployments } = await stage.api.get(`/api/releases/${String(released[0])}`, ReleaseView);
      return deployments.find(({ state }) => state === 'awaiting_approval');
    });
    await landfall('approve', byHand.id, '--note', 'mended');
    expect(await deploymentOf(commit, 'production', 'live')).toMatchObject({ id: byHand.id });
    expect(await stage.shop.visit()).toBe('200 ok 3');
    // The environment hears of it a moment after the store.
    await stage.api.eventually('the hold to end', 120_000, async () => {
      const { now } = await environment(PRODUCTION);
      return now && now.hold === null ? true : undefined;
    });
  }, 300_000);

  test('stands in the history of what was live, each with the commits from what really ran before it [A9]', async () => {
    const history = z.array(DeploymentView).parse(await landfall('history', 'shop/web', 'production'));
    const [third, back, second, begin, ...none] = history;
    expect(none).toEqual([]);
    const from = (it: DeploymentView | undefined) => ({ deploymentId: it?.id, commit: it?.commit, digest: it?.digest });
    expect(history.map(({ changes }) => changes)).toMatchObject([
      { from: from(back), to: third?.commit, rollback: false },
      { from: from(second), to: first.commit, rollback: true },
      { from: from(begin), to: second?.commit, rollback: false },
      { from: null, to: first.commit, rollback: false, compareUrl: null },
    ]);
    const compared = (it: DeploymentView | undefined) => it?.changes?.compareUrl?.split('/').slice(-4).join('/');
    expect(compared(third)).toBe(`acme/shop/compare/${first.commit}...${String(third?.commit)}`);
    // A rollback shows the commits that it took back.
    expect(compared(back)).toBe(`acme/shop/compare/${first.commit}...${String(second?.commit)}`);
    expect(new Set(history.map(({ builder }) => builder))).toEqual(new Set(['dockerfile']));
    expect([back?.digest, begin?.id]).toEqual([first.digest, first.id]);
  }, 300_000);
});

test('a lock keeps a push waiting, with who and why, and unlocking lets it go on; a no ends it [E9][F2][A7]', async () => {
  await landfall('lock', 'shop/web', 'staging', '--reason', 'measuring', '--for', '1h');
  const commit = await push('4');
  const { now } = await stage.api.eventually('it to wait', 120_000, async () => {
    const status = await environment(STAGING);
    return status.now?.waiting.length === 1 ? status : undefined;
  });
  expect(now?.waiting[0]?.why).toMatch(/^locked by tester until .*: measuring$/);
  expect(await visitStaging()).toBe('ok 3');

  await landfall('unlock', 'shop/web', 'staging');

  const waiting = await deploymentOf(commit, 'production', 'awaiting_approval');
  expect(await visitStaging()).toBe('ok 4');
  await landfall('reject', waiting.id, '--reason', 'not on a Friday');
  expect(await stage.api.ended(commit)).toMatchObject({ state: 'cancelled', failure: { type: 'ApprovalRejected' } });
  expect(await stage.shop.visit()).toBe('200 ok 3');
}, 300_000);

test('a build that failed for a reason outside of the commit is retried with one command, and the same commit lands [B10]', async () => {
  const base = `${stage.registry}/tools/base:1`;
  const commit = await stage.shop.push({ version: '5', base, landfallYaml: landfallYaml() });
  const failed = await stage.api.ended(commit);
  expect(failed).toMatchObject({ state: 'failed', failure: { type: 'BuildFailed' }, deployments: [] });

  await putImage({ registry: stage.registry, name: 'tools/base', tag: '1' });
  const { released } = ReleaseAccepted.parse(await landfall('retry', failed.id));
  const retried = await stage.api.eventually('it to wait for approval', 120_000, async () => {
    const release = await stage.api.get(`/api/releases/${String(released[0])}`, ReleaseView);
    return release.deployments.some(({ state }) => state === 'awaiting_approval') ? release : undefined;
  });
  expect(retried).toMatchObject({ commit, actor: 'tester', build: { state: 'completed' } });
  expect(await visitStaging()).toBe('ok 5');
  await landfall('cancel', retried.id);
}, 300_000);

test('a service at a public Git URL is declared, built and deployed with two commands, and GitHub is never asked [B11]', async () => {
  const root = tempDir();
  const server = await startGitServer({ root });
  onCleanup(() => server.stop());
  const port = await freePort();
  const podman = `podman: { hosts: [local], strategy: recreate, publish: { web: ${String(port)} } }`;
  const repository = createRepository(root, 'public/tool');
  const commit = repository.commitFolder((folder) => {
    writeFixtureApp(folder, { version: 'public' });
    const yaml = shopYaml(`  production:\n    target:\n      ${podman}\n`).replace('project: shop', 'project: tool');
    writeFileSync(join(folder, 'landfall.yaml'), yaml);
  });
  const calls = stage.gitHub.calls().length;

  await landfall('service', 'add', 'tool/web', '--url', server.url + repository.path);
  const release = ReleaseView.parse(await landfall('deploy', 'tool/web', '--wait'));

  expect(release).toMatchObject({
    commit,
    state: 'completed',
    build: { state: 'completed' },
    deployments: [{ state: 'live' }],
  });
  expect((await (await fetch(`http://127.0.0.1:${String(port)}/`)).text()).trim()).toBe('ok public');
  expect(stage.gitHub.calls().slice(calls)).toEqual([]);
}, 300_000);

test('GitHub was never told anything that its own description does not allow [A2][A3][A4]', () => {
  expect(stage.gitHub.drift()).toEqual([]);
});
