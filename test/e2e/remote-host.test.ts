/** Two hosts, one of them served by `landfall worker` in a process of its own, as on another machine. */
import { beforeAll, expect, test } from '@jest/globals';
import { testDatabase } from '../store/support/databases.ts';
import { onCleanup } from '../support/cleanup.ts';
import { setStage } from '../support/stage/stage.ts';
import type { Stage } from '../support/stage/stage.ts';
import { tempDir } from '../support/tmp.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({
    databaseUrl: await testDatabase(),
    dir: tempDir(),
    hosts: ['near', 'far'],
    remote: ['far'],
  });
  onCleanup(() => stage.stop());
}, 300_000);

async function visitBoth(): Promise<readonly string[]> {
  return Promise.all(
    ['127.0.0.1', '127.0.0.2'].map(async (address) => {
      const response = await fetch(`http://${address}:${String(stage.shop.publishPort)}/`);
      return (await response.text()).trim();
    }),
  );
}

const far = () => {
  const host = stage.remote.get('far');
  if (!host) throw new Error('the stage has no remote host');
  return host;
};

test('its worker pulls, runs and proves, and its log lines reach the deployment’s log [B12][B13][F5]', async () => {
  const release = await stage.api.ended(await stage.shop.push({ version: '1' }));

  expect(release).toMatchObject({ state: 'completed', deployments: [{ state: 'live' }] });
  expect(await visitBoth()).toEqual(['ok 1', 'ok 1']);
  const id = String(release.deployments[0]?.id);
  await stage.api.eventually('the far host’s lines', 120_000, async () => {
    const log = await (await stage.api.send('GET', `/api/logs/deployment-${id}`)).text();
    return log.includes('near has ') && log.includes('far has ') ? true : undefined;
  });
});

test('it goes away between two switches: the deployment waits, requests are served, and it lands when it is back [B13][F1]', async () => {
  const commit = await stage.shop.push({ version: '2' });
  await stage.api.eventually('the first switch', 120_000, async () => {
    const [deployment] = (await stage.api.releaseOf(commit)).deployments;
    return deployment?.state === 'switching' ? true : undefined;
  });
  await far().kill();

  expect((await visitBoth()).every((answer) => /^ok [12]$/.test(answer))).toBe(true);
  await far().start();

  expect(await stage.api.ended(commit)).toMatchObject({ state: 'completed', deployments: [{ state: 'live' }] });
  expect(await visitBoth()).toEqual(['ok 2', 'ok 2']);
}, 300_000);

test('`landfall worker` is killed: the process that it started ends by itself, and takes no more work [B13][F1]', async () => {
  const isLeft = far().killStarter();
  await stage.api.eventually('all of it to be gone', 120_000, async () => (isLeft() ? undefined : true));
  await far().kill();
  await far().start();
  expect(await stage.api.ended(await stage.shop.push({ version: '3' }))).toMatchObject({ state: 'completed' });
}, 300_000);
