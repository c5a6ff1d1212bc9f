/** Previews as people and programs see them, and what no door may do with one that is not there. */
import { beforeAll, expect, test } from '@jest/globals';
import { ServiceView } from '../../contracts/http/api.ts';
import { recordReleaseResult } from '../../store/queries/record-release.ts';
import { environments } from '../../store/schema.ts';
import { environmentSettings } from '../support/simulation/fixtures.ts';
import { NO_TEMPORAL, startApi, type Api } from './harness.ts';
import { KEY, NOON, seedDeployment, seedService } from './seed.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi({ address: NO_TEMPORAL });
  await seedService(api.store);
  await seedDeployment(api.store, { sequence: 1, environment: 'staging' });
  for (const number of [12, 7]) {
    const environment = `pr-${number}`;
    const settings = { ...environmentSettings(environment, ['host-a']), preview: { number } };
    const row = { ...KEY, environment, settings, branch: `pull/${number}/head`, autoDeploy: false, production: false };
    await api.store.db.insert(environments).values({ ...row, preview: number, updatedAt: new Date() });
  }
  await seedDeployment(api.store, { sequence: 2, environment: 'pr-7' });
  await seedDeployment(api.store, { sequence: 3, environment: 'pr-9', state: 'failed' });
  const result = { outcome: 'failed', stages: [] } as const;
  await recordReleaseResult(api.store.db, { releaseId: 'shop.web.3', at: NOON, result });
});

test('programs get them apart from what landfall.yaml lists, by number [D7]', async () => {
  const answer = ServiceView.array().parse(await (await api.ask('/api/services')).json());
  expect(answer).toMatchObject([
    {
      environments: [{ environment: 'staging' }, { environment: 'production' }],
      previews: [
        { environment: 'pr-7', preview: { number: 7 }, live: { deploymentId: 'shop.web.pr-7.2' } },
        { environment: 'pr-12', preview: { number: 12 }, live: null },
      ],
    },
  ]);
  expect(await (await api.ask('/api/environments/shop/web/pr-7')).json()).toMatchObject({ preview: { number: 7 } });
});

test('the page lists them in a line of their own, and none is called removed [D7]', async () => {
  const page = await (await api.ask('/')).text();
  expect(page).toMatch(/Previews:[^]*href="\/environments\/shop\/web\/pr-7"[^]*pr-12/);
  expect(page).not.toContain('<h3><a href="/environments/shop/web/pr-');
  expect(page).not.toContain('no longer in landfall.yaml');
  expect((await api.ask('/environments/shop/web/pr-7')).status).toBe(200);
});

test('a request for one that is not there is refused with what to do: none would end it [D1][D6]', async () => {
  const asked = { ...KEY, ref: 'a'.repeat(40) };
  const refused = await api.post('/api/releases', { ...asked, environment: 'pr-9' });
  expect(refused.status).toBe(409);
  expect(await refused.json()).toMatchObject({
    detail: 'shop.web has no preview pr-9 now. Comment /preview on pull request 9.',
  });
  // Temporal, which is away, decides on one that is there.
  expect((await api.post('/api/releases', { ...asked, environment: 'pr-7' })).status).toBe(503);
  expect((await api.post('/api/releases', { ...asked, environment: 'staging' })).status).toBe(503);
});

test('a failed release of one that has ended is not tried again [D4][D6]', async () => {
  const refused = await api.post('/api/releases/shop.web.3/retry', {});
  expect(refused.status).toBe(409);
  expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('Comment /preview') as unknown });
});
