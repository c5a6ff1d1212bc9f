/** A release command through all of Landfall: it runs once before the switch, also over a kill -9 in the middle of it. */
import { beforeAll, expect, test } from '@jest/globals';
import { testDatabase } from '../store/support/databases.ts';
import { onCleanup } from '../support/cleanup.ts';
import { setStage } from '../support/stage/stage.ts';
import type { Stage } from '../support/stage/stage.ts';
import { tempDir } from '../support/tmp.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({ databaseUrl: await testDatabase(), dir: tempDir() });
  onCleanup(() => stage.stop());
}, 300_000);

const logOf = async (deployment: string | undefined) =>
  (await stage.api.send('GET', `/api/logs/deployment-${String(deployment)}`)).text();

/** The number of the engine's starts of the deployment's command. */
async function startsOf(deployment: string | undefined): Promise<number> {
  const [host] = stage.hosts;
  const { stdout } = (await host?.podman(['events', '--stream=false', '--filter', 'event=start'])) ?? { stdout: '' };
  // With the generation in between.
  const isIts = (line: string) => line.includes(`landfall.${String(deployment)}.`) && /\.\d+\.once\b/.test(line);
  return stdout.split('\n').filter(isIts).length;
}

test('that ends well is followed by the switch, and its output is in the deployment’s log [B12][B19]', async () => {
  const commit = await stage.shop.push({ version: '1', release: 'echo "migrating for $(cat /www/index.html)"' });
  const release = await stage.api.ended(commit);

  const [deployment] = release.deployments;
  expect(release).toMatchObject({ state: 'completed', deployments: [{ state: 'live' }] });
  expect(deployment?.steps.map(({ step }) => step)).toContain('release');
  expect(await stage.shop.visit()).toBe('200 ok 1');
  expect(await logOf(deployment?.id)).toContain('migrating for ok 1');
}, 300_000);

test('that fails stops the deployment: nothing is switched, and GitHub and the log say why [A4][B19]', async () => {
  const commit = await stage.shop.push({ version: '2', release: 'echo "no such table" >&2; exit 4' });
  const release = await stage.api.ended(commit);

  const [deployment] = release.deployments;
  expect(release.state).toBe('failed');
  expect(deployment).toMatchObject({ state: 'failed', failure: { type: 'ReleaseCommandFailed' }, leftovers: [] });
  expect(deployment?.failure?.message).toMatch(/exited with code 4 .* nothing was switched.*no such table/s);
  expect(deployment?.steps.map(({ step }) => step)).not.toContain('switch');
  expect(await stage.shop.visit()).toBe('200 ok 1');
  expect(await logOf(deployment?.id)).toContain('no such table');
  await stage.api.eventually('GitHub to be told', 120_000, async () => {
    const told = stage.gitHub.deployments().find(({ sha }) => sha === commit);
    return told && stage.gitHub.statuses(told.id).at(-1)?.state === 'failure' ? true : undefined;
  });
}, 300_000);

test('runs once although Landfall is killed in the middle of it, and the deployment lands [B19][F1]', async () => {
  const commit = await stage.shop.push({ version: '3', release: 'echo begun; sleep 8; echo done' });
  const id = await stage.api.eventually('the command to run', 120_000, async () => {
    const [deployment] = (await stage.api.releaseOf(commit)).deployments;
    return deployment && (await logOf(deployment.id)).includes('begun') ? deployment.id : undefined;
  });

  await stage.landfall.kill();
  expect(await stage.shop.visit()).toBe('200 ok 1');
  await stage.landfall.start();

  expect(await stage.api.ended(commit)).toMatchObject({ state: 'completed', deployments: [{ state: 'live' }] });
  expect(await stage.shop.visit()).toBe('200 ok 3');
  expect(await startsOf(id)).toBe(1);
  expect(await logOf(id)).toContain('done');
  expect(stage.gitHub.drift()).toEqual([]);
}, 300_000);
