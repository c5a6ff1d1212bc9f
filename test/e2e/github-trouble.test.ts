/** GitHub fails while a push is on its way: the push lands, and GitHub gets its reports. */
import { beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { InstallationView } from '../../contracts/http/api.ts';
import { testDatabase } from '../store/support/databases.ts';
import { onCleanup } from '../support/cleanup.ts';
import { setStage } from '../support/stage/stage.ts';
import type { Stage } from '../support/stage/stage.ts';
import { tempDir } from '../support/tmp.ts';

let stage: Stage;
let version = 0;
beforeAll(async () => {
  stage = await setStage({ databaseUrl: await testDatabase(), dir: tempDir(), env: { LANDFALL_REPAIR_EVERY: '2s' } });
  onCleanup(() => stage.stop());
}, 300_000);

/** Pushes the next version, and does something to GitHub once its build has begun. */
async function pushAnd(meanwhile: () => void): Promise<string> {
  version += 1;
  const commit = await stage.shop.push({ version: String(version) });
  await stage.api.eventually(`${commit} to be building`, 60_000, async () => {
    const { build } = await stage.api.releaseOf(commit);
    return build && build.state !== 'pending' ? true : undefined;
  });
  meanwhile();
  return commit;
}

async function expectLanded(commit: string): Promise<void> {
  expect(await stage.api.ended(commit)).toMatchObject({ state: 'completed', deployments: [{ state: 'live' }] });
  expect(await stage.shop.visit()).toBe(`200 ok ${String(version)}`);
  await stage.api.eventually('GitHub to be told', 120_000, async () => {
    const deployments = stage.gitHub.deployments().filter(({ sha }) => sha === commit);
    const last = deployments.map(({ id }) => stage.gitHub.statuses(id).at(-1)?.state);
    return last.length === 1 && last[0] === 'success' ? true : undefined;
  });
  const checks = await stage.api.eventually('both checks', 120_000, async () => {
    const found = stage.gitHub.checkRuns().filter(({ headSha }) => headSha === commit);
    return found.length > 1 ? found : undefined;
  });
  expect(checks).toMatchObject([
    { name: 'Landfall: web', status: 'completed', conclusion: 'success' },
    { name: 'Landfall: web / production', status: 'completed', conclusion: 'success' },
  ]);
}

test('every token is revoked in the middle of a push: new ones are fetched, and it lands [A1][A4][B6]', async () => {
  await expectLanded(await pushAnd(() => stage.gitHub.revokeTokens()));
  // The next one begins with tokens that were revoked while they were cached.
  stage.gitHub.revokeTokens();
  await expectLanded(await pushAnd(() => undefined));
});

test('the repository is renamed in the middle of a push: it lands, and so does the next one [A3][B4]', async () => {
  await expectLanded(await pushAnd(() => stage.gitHub.renameRepository(stage.shop.repository.id, 'store')));
  await expectLanded(await pushAnd(() => undefined));
});

test('the webhook of a push gets lost: GitHub is asked for it again, and it lands once [B1][F1]', async () => {
  stage.gitHub.dropWebhooks(1, { recorded: true });
  version += 1;
  const commit = await stage.shop.push({ version: String(version) });
  await stage.gitHub.webhooksSent();
  stage.gitHub.dropWebhooks(0);
  await expectLanded(commit);
  const guid = stage.gitHub.deliveries().find(({ redelivery }) => redelivery)?.guid;
  expect(stage.gitHub.deliveries().filter((one) => one.guid === guid)).toMatchObject([
    { statusCode: 0, redelivery: false },
    { statusCode: 202, redelivery: true },
  ]);
}, 300_000);

test('the installation is suspended and taken up again: Landfall knows, and the next push lands [B1]', async () => {
  const { installationId } = stage.shop.repository;
  const shown = (state: string) =>
    stage.api.eventually(`the installation to be ${state}`, 60_000, async () => {
      const all = await stage.api.get('/api/installations', z.array(InstallationView));
      return all.find(({ id }) => id === installationId)?.state === state ? true : undefined;
    });
  stage.gitHub.suspendInstallation(installationId, true);
  await shown('suspended');
  stage.gitHub.suspendInstallation(installationId, false);
  await shown('active');
  await expectLanded(await pushAnd(() => undefined));
}, 300_000);

test('GitHub was never told anything that its own description does not allow [A2][A3]', () => {
  expect(stage.gitHub.drift()).toEqual([]);
});
