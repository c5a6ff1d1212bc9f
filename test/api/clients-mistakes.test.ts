/** A caller's mistakes are answered as such: never 500, and never in silence. */
import { beforeAll, expect, test } from '@jest/globals';
import { listDeliveries } from '../../store/queries/inbox.ts';
import { asked } from './deploy/asking.ts';
import { NO_TEMPORAL, TOKEN, push, signed, startApi, type Api } from './harness.ts';
import { seedDeployment, seedService } from './seed.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi({ address: NO_TEMPORAL });
  await seedService(api.store);
});
const bearer = { authorization: `Bearer ${TOKEN}` };
const status = async (path: string, init: RequestInit = {}) => (await api.app.request(path, init, {})).status;

test('a form that is malformed is 400, at the sign-in and on every page with a form [F6]', async () => {
  const id = await seedDeployment(api.store, { sequence: 1 });
  const forms = api.app.routes
    .filter(({ method, path }) => method === 'POST' && !path.startsWith('/api/') && path !== '/deploy')
    .map(({ path }) =>
      path
        .replace(':project/:service/:environment', 'shop/web/production')
        .replace(':step', 'switch')
        .replace(':id', path.startsWith('/deliveries') ? 'x' : id),
    );
  expect(forms.length).toBeGreaterThan(10);
  for (const path of forms) {
    const headers = { ...bearer, 'content-type': 'multipart/form-data', 'sec-fetch-site': 'same-origin' };
    expect([path, (await status(path, { method: 'POST', headers, body: 'x' })) === 500]).toEqual([path, false]);
  }
  const headers = { 'content-type': 'multipart/form-data', 'sec-fetch-site': 'same-origin' };
  expect(await status('/login', { method: 'POST', headers, body: 'x' })).toBe(400);
});

test('an address with U+0000 or other nonsense for an id is 404, on pages and in the API [F6]', async () => {
  const ids = ['%00', '%0a', 'a%00b', '%e2%80%ae', 'a'.repeat(400)];
  const paths = api.app.routes
    .filter(({ method, path }) => method !== 'ALL' && path.includes(':id'))
    .map(({ method, path }) => [method, path] as const);
  expect(paths.length).toBeGreaterThan(15);
  for (const [method, path] of paths) {
    for (const id of ids) {
      const at = path.replace(':id', id).replace(':step', 'switch');
      const headers = { ...bearer, 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' };
      const answered = await status(at, { method, headers, ...(method === 'POST' && { body: '{}' }) });
      expect([method, at, answered >= 400 && answered < 500]).toEqual([method, at, true]);
    }
  }
});

test('an event whose action holds U+0000 is taken, and kept without it [B1]', async () => {
  const body = JSON.stringify({ ...(JSON.parse(push()) as object), action: 'a\0b' });
  const sent = signed({ event: 'star', body });
  expect(await status('/api/webhooks/github', sent)).toBe(202);
  const [kept] = await listDeliveries(api.store.db, { limit: 1 });
  expect(kept?.action).toBe('a\uFFFDb');
});

test('a slash at the end of an address changes nothing [B1][C1]', async () => {
  expect(await status('/api/webhooks/github/', signed({ body: push() }))).toBe(202);
  const body = { image_sha: 'no-commit' };
  const withSlash = await status('/deploy/', asked({ body }));
  expect(withSlash).toBe(await status('/deploy', asked({ body })));
  expect(withSlash).toBe(422);
});

test("a wrong method is 405 and says which there are; an address that is nobody's is 404 [F6]", async () => {
  for (const [method, path, allow] of [
    ['PUT', '/api/services', 'GET, HEAD, POST'],
    ['DELETE', '/api/deployments/shop.web.production.1/cancel', 'POST'],
    ['OPTIONS', '/', 'GET, HEAD'],
  ] as const) {
    const response = await api.ask(path, { method });
    expect([path, response.status, response.headers.get('allow')]).toEqual([path, 405, allow]);
  }
  expect((await api.ask('/api/nothing')).status).toBe(404);
  expect((await api.ask('/api/servicesx', { method: 'PUT' })).status).toBe(404);
});

test('answers are kept by no cache, except our own scripts and styles [F6]', async () => {
  for (const path of ['/api/services', '/', '/api/deployments/none', '/healthz', '/deploy/x', '/login', '/nothing']) {
    const { headers } = await api.ask(path, { headers: { accept: 'text/html' } });
    expect([path, headers.get('cache-control')]).toEqual([path, 'no-store']);
  }
});

test('the description names how each operation refuses [F6]', async () => {
  interface Described {
    readonly paths: Record<string, Record<string, { security?: unknown[]; responses: Record<string, unknown> }>>;
  }
  const { paths } = (await (await api.ask('/api/openapi.json')).json()) as Described;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, ...operation })),
  );
  expect(operations.length).toBeGreaterThan(40);
  for (const { name, security, responses } of operations) {
    const wanted = ['400', '405', '422', '503', ...(security?.length === 0 ? [] : ['401', '403'])];
    expect([name, wanted.filter((code) => !(code in responses))]).toEqual([name, []]);
  }
});
