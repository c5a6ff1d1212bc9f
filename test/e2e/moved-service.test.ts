/** A project and its service are renamed while they serve: nothing is begun anew, and nothing is in the way. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { landfall } from '../cli/support/run.ts';
import { onCleanup } from '../support/cleanup.ts';
import { shopYaml } from '../support/stage/shop.ts';
import { setStage } from '../support/stage/stage.ts';
import type { Stage } from '../support/stage/stage.ts';
import { tempDir } from '../support/tmp.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({ dir: tempDir(), hosts: ['near'] });
  onCleanup(() => stage.stop());
}, 300_000);

async function cli(argv: readonly string[], stdin = '') {
  const token = readFileSync(join(stage.dir, 'tokens'), 'utf8').trim().split(':')[1] ?? '';
  return landfall(argv, { env: { LANDFALL_URL: stage.landfall.url, LANDFALL_TOKEN: token }, stdin });
}

test('the next push under the new names lands in its place, with secrets, lock, history and way back [B4][B17]', async () => {
  const before = await stage.api.ended(await stage.shop.push({ version: '1', tells: 'TOLD' }));
  expect(before).toMatchObject({ state: 'completed', deployments: [{ state: 'live' }] });
  expect((await cli(['secret', 'set', 'shop/web', 'production', 'TOLD', '--no-deploy'], 'a value\n')).code).toBe(0);
  const live = before.deployments[0]?.id ?? '';

  expect(await cli(['service', 'move', 'shop', 'store'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/store now/),
  });
  expect((await cli(['service', 'move', 'store/web', 'store/frontend'])).code).toBe(0);
  const { publishPort } = stage.shop;
  const settings = shopYaml(
    `  production:
    production: true
    target: { podman: { hosts: [near], publish: { web: ${String(publishPort)} } } }
`,
  );
  const renamed = settings.replace('project: shop', 'project: store').replaceAll('web:', 'frontend:');
  expect(renamed).toContain('frontend: ');
  const commit = await stage.shop.push({ version: '2', tells: 'TOLD', landfallYaml: renamed });
  const after = await stage.api.ended(commit);
  expect(after).toMatchObject({
    project: 'shop',
    service: 'web',
    state: 'completed',
    deployments: [{ state: 'live' }],
  });
  expect(await stage.shop.visit()).toMatch(/^200 .*2/);
  const told = await (await fetch(`http://127.0.0.1:${String(publishPort)}/told`)).text();
  expect(told.split(' ')[0]).toBe(createHash('sha256').update('a value').digest('hex'));

  for (const name of ['store/frontend', 'shop/web', 'store/web', 'shop/frontend']) {
    const history = await cli(['history', name, 'production']);
    expect([name, history.code, history.stdout]).toEqual([name, 0, expect.stringContaining(live)]);
    const secrets = await cli(['secret', 'list', name, 'production']);
    expect([name, secrets.stdout]).toEqual([name, expect.stringContaining('TOLD')]);
  }
  for (const name of ['store/frontend', 'store/web']) {
    expect((await cli(['status', name])).stdout).toContain('store/frontend (kept as shop/web)');
  }
  await stage.api.eventually('its check runs', 120_000, async () => {
    const checks = stage.gitHub.checkRuns().filter(({ headSha }) => headSha === commit);
    const names = checks.map(({ name }) => name).toSorted();
    return names.join() === 'Landfall: frontend,Landfall: frontend / production';
  });
  const back = await cli(['rollback', 'store.frontend.production', '--to', before.commit.slice(0, 12), '--wait']);
  expect([back.code, back.stderr]).toEqual([0, expect.anything()]);
  expect(await stage.shop.visit()).toMatch(/^200 .*1/);
}, 300_000);
