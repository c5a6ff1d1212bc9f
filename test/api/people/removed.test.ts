/** An environment that landfall.yaml has no more runs on: it stays listed as such, and within everybody's reach. */
import { beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { DeploymentView } from '../../../contracts/http/api.ts';
import { ApprovalView, EnvironmentNow, EnvironmentStatus, RollbackTarget } from '../../../contracts/http/people.ts';
import { saveServices } from '../../../store/queries/services.ts';
import { services } from '../../../store/schema.ts';
import { environmentSettings, serviceSettings } from '../../support/simulation/fixtures.ts';
import { KEY, seedDeployment } from '../seed.ts';
import { waitingRelease } from '../waiting-release.ts';
import { PRODUCTION, answer, startPeople } from './stage.ts';

const { world, api } = await startPeople();
const listing = (...names: string[]) => ({
  service: KEY.service,
  branch: 'main',
  settings: serviceSettings,
  environments: names.map((name) => ({
    settings: environmentSettings(name, ['host-a']),
    branch: 'main',
    autoDeploy: true,
  })),
});

let waiting: Awaited<ReturnType<typeof waitingRelease>>;
beforeAll(async () => {
  await seedDeployment(api.store, { sequence: 40 });
  await seedDeployment(api.store, { sequence: 41 });
  waiting = await waitingRelease({ world, api }, 101);
  await saveServices(api.store.db, KEY.project, [listing('staging')], true);
});

test('it is listed with what runs there, and its page says so [B3][F6]', async () => {
  const status = await answer(await api.ask(PRODUCTION), EnvironmentStatus);
  expect(status).toMatchObject({ removedAt: expect.any(String), live: { deploymentId: 'shop.web.production.41' } });
  for (const page of ['/', '/environments/shop/web/production']) {
    expect(await (await api.ask(page)).text()).toContain('no longer in landfall.yaml');
  }
  const history = await api.ask('/api/deployments?project=shop&service=web&environment=production&state=live');
  expect(await answer(history, z.array(DeploymentView))).toHaveLength(2);
});

test('a gate in front of it is decided, and it is locked, unlocked, paused and resumed as ever [B3][A7][E9]', async () => {
  const approved = await api.post(`/api/deployments/${waiting.id}/approve`, { commit: waiting.commit });
  expect(await answer(approved, ApprovalView)).toMatchObject({ state: 'approved' });
  expect(await waiting.handle.result()).toMatchObject({ outcome: 'completed' });
  for (const [verb, body] of [
    ['lock', { reason: 'measuring' }],
    ['unlock', {}],
    ['pause', { reason: 'an incident' }],
    ['resume', {}],
  ] as const) {
    await answer(await api.post(`${PRODUCTION}/${verb}`, body), EnvironmentNow);
  }
});

test('what was live there before can be brought back, and nothing is promoted there [B3][B9][A6]', async () => {
  const targets = await answer(await api.ask(`${PRODUCTION}/rollback-targets`), z.array(RollbackTarget));
  expect(targets.map(({ deploymentId }) => deploymentId)).toEqual(['shop.web.production.40']);
  const page = await (await api.ask('/environments/shop/web/production')).text();
  expect(page).toContain('<h2>Roll back</h2>');
  expect(page).not.toContain('<h2>Promote</h2>');
});

test('one that was never used is forgotten, and one that is back is as it was [B3]', async () => {
  await saveServices(api.store.db, KEY.project, [listing('production')], true);
  expect((await api.ask('/api/environments/shop/web/staging')).status).toBe(404);
  expect(await answer(await api.ask(PRODUCTION), EnvironmentStatus)).not.toHaveProperty('removedAt');
});

test('the environments of a service that is gone stay as well [B3]', async () => {
  // The same as one that came with a repository's file.
  await api.store.db.update(services).set({ declared: false });
  await saveServices(api.store.db, KEY.project, [], true);
  const status = await answer(await api.ask(PRODUCTION), EnvironmentStatus);
  expect(status).toMatchObject({ removedAt: expect.any(String), live: { deploymentId: 'shop.web.production.41' } });
});

test('it is destroyed by its own name only, over the API and by form; a name that is not its own changes nothing [A8][F2]', async () => {
  const wrong = await api.post(`${PRODUCTION}/destroy`, { confirm: 'shop.web.staging' });
  expect([wrong.status, await wrong.json()]).toMatchObject([
    422,
    { detail: expect.stringContaining('shop.web.production') },
  ]);
  expect((await api.post(`${PRODUCTION}/destroy`, {})).status).toBe(422);
  const path = '/environments/shop/web/production';
  const asked = await (await api.ask(`${path}/destroy`)).text();
  expect(asked).toContain('<code>shop.web.production</code>');
  const typed = (confirm: string) => ({ method: 'POST', body: new URLSearchParams({ confirm }) });
  expect((await api.ask(`${path}/destroy`, typed('production'))).status).toBe(422);
  expect((await answer(await api.ask(PRODUCTION), EnvironmentStatus)).now?.destruction).toBeUndefined();

  await world.workers.stop('host-a');
  expect((await api.ask(`${path}/destroy`, typed('shop/web production'))).status).toBe(303);
  const status = await answer(await api.ask(PRODUCTION), EnvironmentStatus);
  expect(status.now?.destruction).toMatchObject({ by: { kind: 'token', name: 'ada' }, places: [] });
  const page = await (await api.ask(path)).text();
  expect(page).toContain('being destroyed');
  expect(page).not.toContain('<h2>Destroy</h2>');
  const all = await api.post('/api/services/shop/web/destroy', { confirm: 'shop.web' });
  expect([all.status, await all.json()]).toEqual([
    202,
    { environments: expect.arrayContaining(['shop.web.production']) },
  ]);
  expect((await api.post('/api/services/shop/none/destroy', { confirm: 'shop.none' })).status).toBe(404);
});
