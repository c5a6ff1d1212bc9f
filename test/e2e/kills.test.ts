/** kill -9, and updates, in the middle of the main job on real components: the deployment ends as if nothing had happened. */
import { beforeAll, expect, test } from '@jest/globals';
import type { ReleaseView } from '../../contracts/http/api.ts';
import { BUILD_STATES, DEPLOYMENT_STATES } from '../../contracts/deployment/states.ts';
import { visit } from '../cli/up/visitor.ts';
import { testDatabase } from '../store/support/databases.ts';
import { onCleanup } from '../support/cleanup.ts';
import { otherVersion } from '../support/other-version.ts';
import { setStage } from '../support/stage/stage.ts';
import type { Stage } from '../support/stage/stage.ts';
import { tempDir } from '../support/tmp.ts';

let stage: Stage;
let version = 0;
beforeAll(async () => {
  stage = await setStage({ databaseUrl: await testDatabase(), dir: tempDir() });
  onCleanup(() => stage.stop());
  // Something to return to.
  await stage.api.ended(await push());
}, 300_000);

function push(app: { readonly health?: 'failing' } = {}): Promise<string> {
  version += 1;
  return stage.shop.push({ version: String(version), ...app });
}

type Moment = (typeof BUILD_STATES)[number] | (typeof DEPLOYMENT_STATES)[number];

/** True when the release has come as far as this; a state that lasts milliseconds may be over when we look. */
function hasReached({ build, deployments }: ReleaseView, moment: Moment): boolean {
  const [deployment] = deployments;
  const place = DEPLOYMENT_STATES.indexOf(moment as never);
  if (place >= 0) return deployment !== undefined && DEPLOYMENT_STATES.indexOf(deployment.state) >= place;
  return build !== null && BUILD_STATES.indexOf(build.state) >= BUILD_STATES.indexOf(moment as never);
}

/** Looked at often: some moments last a fifth of a second. */
async function reached(commit: string, moment: Moment): Promise<void> {
  const look = async () => (hasReached(await stage.api.releaseOf(commit), moment) ? true : undefined);
  await stage.api.eventually(`${commit} to be ${moment}`, 60_000, look, 50);
}

/** Containers of the service that run, by deployment. */
async function deploymentsRunning(): Promise<readonly string[]> {
  const [host] = stage.hosts;
  const { stdout } = (await host?.podman(['ps', '--format', '{{index .Labels "landfall.deployment"}}'])) ?? {
    stdout: '',
  };
  return stdout.split('\n').filter((line) => line !== '');
}

async function expectEffectsOnce(commit: string, last: string): Promise<void> {
  const statuses = await stage.api.eventually(`GitHub to be told ${last}`, 60_000, async () => {
    const deployments = stage.gitHub.deployments().filter(({ sha }) => sha === commit);
    const states = deployments.map(({ id }) => stage.gitHub.statuses(id).map(({ state }) => state));
    return states[0]?.at(-1) === last ? states : undefined;
  });
  expect(statuses).toEqual([['in_progress', last]]);
  const checks = await stage.api.eventually('both checks', 120_000, async () => {
    const found = stage.gitHub.checkRuns().filter(({ headSha }) => headSha === commit);
    return found.length > 1 ? found : undefined;
  });
  expect(checks.map(({ name }) => name).sort()).toEqual(['Landfall: web', 'Landfall: web / production']);
  const running = await deploymentsRunning();
  expect(new Set(running).size).toBe(running.length);
}

test.each(['cloning', 'building', 'pushing', 'preparing', 'switching', 'verifying'] as const)(
  'Landfall killed while %s: the push lands all the same, each effect once [F1]',
  async (moment) => {
    const commit = await push();
    await reached(commit, moment);
    await stage.landfall.kill();
    await stage.landfall.start();

    const release = await stage.api.ended(commit);
    expect(release).toMatchObject({ state: 'completed', deployments: [{ state: 'live' }] });
    expect(await stage.shop.visit()).toBe(`200 ok ${String(version)}`);
    await expectEffectsOnce(commit, 'success');
  },
  180_000,
);

test.each(['switching', 'rolling_back'] as const)(
  'Landfall killed while %s to a bad version: what ran before is running again [F1][E6]',
  async (moment) => {
    const before = await stage.shop.visit();
    const commit = await push({ health: 'failing' });
    await reached(commit, moment);
    await stage.landfall.kill();
    await stage.landfall.start();

    const release = await stage.api.ended(commit);
    expect(release.deployments).toMatchObject([{ state: 'rolled_back' }]);
    expect(await stage.shop.visit()).toBe(before);
    await expectEffectsOnce(commit, 'failure');
  },
  180_000,
);

test('Temporal killed in the middle and started again: the push lands [F1]', async () => {
  const commit = await push();
  await reached(commit, 'building');
  await stage.temporal.kill();
  await stage.temporal.start();

  expect(await stage.api.ended(commit, 150_000)).toMatchObject({
    state: 'completed',
    deployments: [{ state: 'live' }],
  });
  expect(await stage.shop.visit()).toBe(`200 ok ${String(version)}`);
  await expectEffectsOnce(commit, 'success');
}, 300_000);

test('Landfall updated while switching, and taken back while preparing: both pushes land, and no visitor’s request fails; a version that would break what is open does not take over, and the one before goes on [H2][F1][C5]', async () => {
  const migration = 'ALTER TABLE "audit_events" ADD COLUMN "of_the_next_version" text;';
  const next = await otherVersion({ version: '0.2.0', migration });
  const breaking = await otherVersion({
    version: '0.3.0',
    workflows: (code) => code.replaceAll(/\b(recallLive|tell)\b/g, '$1Otherwise'),
  });
  const before = (await stage.shop.visit()).replace('200 ', '');
  const visitor = visit(stage.shop.url);
  const isLive = { state: 'completed', deployments: [{ state: 'live' }] };

  const first = await push();
  await reached(first, 'switching');
  await stage.landfall.stop();
  await expect(stage.landfall.start(breaking.standalone)).rejects.toThrow(
    /Landfall 0[.]3[.]0 does not take over: .*open workflows[^]*(?:tell|recallLive)Otherwise[^]*Start Landfall \S+ again/,
  );
  await stage.landfall.start(next.standalone);
  expect(await stage.api.ended(first)).toMatchObject(isLive);
  await expectEffectsOnce(first, 'success');

  const second = await push();
  await reached(second, 'preparing');
  await stage.landfall.stop();
  await stage.landfall.start();
  expect(await stage.api.ended(second)).toMatchObject(isLive);

  expect(await stage.shop.visit()).toBe(`200 ok ${String(version)}`);
  const seen = [before, `ok ${String(version - 1)}`, `ok ${String(version)}`];
  expect(await visitor.leave()).toEqual(new Set(seen));
  await expectEffectsOnce(second, 'success');
}, 300_000);

test('GitHub was never told anything that its own description does not allow [A2][A3]', () => {
  expect(stage.gitHub.drift()).toEqual([]);
});
