/** Pages about a service that has been renamed: they say what it is called now, and links with either name lead there. */
import { beforeAll, expect, test } from '@jest/globals';
import { NO_TEMPORAL, startApi, type Api } from '../harness.ts';
import { seedDeployment, seedService } from '../seed.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi({ address: NO_TEMPORAL });
  await seedService(api.store);
  await seedDeployment(api.store, { sequence: 41 });
  await seedDeployment(api.store, { sequence: 42, state: 'rolled_back' });
  await api.post('/api/services/move', { from: 'shop', to: 'store' });
  await api.post('/api/services/move', { from: 'store/web', to: 'store/frontend' });
});

/** Without tags, in one line. */
async function textOf(path: string): Promise<string> {
  const response = await api.ask(path, { headers: { accept: 'text/html' } });
  expect([path, response.status]).toEqual([path, 200]);
  return (await response.text()).replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
}

test.each([
  ['/environments/shop/web/production', 'frontend → production'],
  ['/deployments/shop.web.production.41', 'frontend → production'],
  ['/releases/shop.web.41', 'Release shop.web.41'],
  ['/builds/shop.web.41', 'Build shop.web.41'],
])('%s says the present name, and the one that ids have [B4][F6]', async (path, title) => {
  const text = await textOf(path);
  expect(text).toContain('Services / store / frontend (kept as shop/web)');
  expect(text).toContain(title);
  expect(text).not.toMatch(/shop \/ web/);
});

test('the board lists it under the present name, and its deployments too [B4][F6]', async () => {
  const text = await textOf('/');
  expect(text).toContain('store / frontend (kept as shop/web)');
  expect(text).toMatch(/rolled back frontend → production/);
  expect(text).not.toMatch(/web → production/);
});

test.each([
  ['/environments/store/frontend/production', '/environments/shop/web/production'],
  ['/environments/store.web.production', '/environments/shop/web/production'],
  ['/deployments/store.frontend.production.41', '/deployments/shop.web.production.41'],
  ['/releases/shop.frontend.41', '/releases/shop.web.41'],
  ['/builds/store.frontend.41', '/builds/shop.web.41'],
])('%s leads to its page [B4][F6]', async (path, page) => {
  const response = await api.ask(path, { redirect: 'manual' });
  expect([response.status, response.headers.get('location')]).toEqual([302, page]);
});
