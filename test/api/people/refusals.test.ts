/** The API's refusals before any decision: an order that is wrong, or a workflow that does not answer. */
import { describe, expect, test } from '@jest/globals';
import { EnvironmentStatus } from '../../../contracts/http/people.ts';
import { NO_TEMPORAL, TOKEN, startApi } from '../harness.ts';
import { seedDeployment, seedService } from '../seed.ts';
import { PRODUCTION, answer } from './stage.ts';

const api = await startApi({ address: NO_TEMPORAL });
await seedService(api.store);

describe('what is refused before anybody is asked', () => {
  const huge = 'x'.repeat(501);
  const wrong: readonly (readonly [path: string, body: unknown])[] = [
    ['/api/deployments/shop.web.production.101/approve', { note: 7 }],
    ['/api/deployments/shop.web.production.101/approve', { note: huge }],
    ['/api/deployments/shop.web.production.101/approve', { commit: '--all' }],
    ['/api/deployments/shop.web.production.101/approve', { commit: 'HEAD' }],
    ['/api/deployments/shop.web.production.101/reject', { digest: 'sha256:../../x' }],
    ['/api/deployments/shop.web.production.101/reject', { by: 'lea' }],
    [`${PRODUCTION}/lock`, {}],
    [`${PRODUCTION}/lock`, { reason: '   ' }],
    [`${PRODUCTION}/lock`, { reason: huge }],
    [`${PRODUCTION}/lock`, { reason: ['a', 'b'] }],
    [`${PRODUCTION}/lock`, { reason: 'x', for: 2 }],
    [`${PRODUCTION}/lock`, { reason: 'x', for: null }],
    [`${PRODUCTION}/lock`, { reason: 'x', for: 'ever' }],
    [`${PRODUCTION}/lock`, { reason: 'x', for: '0s' }],
    [`${PRODUCTION}/lock`, { reason: 'x', for: '-2h' }],
    [`${PRODUCTION}/lock`, { reason: 'x', for: '999999999d' }],
    [`${PRODUCTION}/lock`, { reason: 'x', owner: { kind: 'github', name: 'lea' } }],
    [`${PRODUCTION}/unlock`, { force: 'yes' }],
    [`${PRODUCTION}/pause`, {}],
    [`${PRODUCTION}/pause`, { reason: null }],
    [`${PRODUCTION}/resume`, { reason: 'x' }],
    [`${PRODUCTION}/rollback`, { to: '../../etc/passwd' }],
    [`${PRODUCTION}/rollback`, { to: 'x; rm -rf /' }],
    [`${PRODUCTION}/rollback`, { to: 7 }],
    [`${PRODUCTION}/rollback`, { requestId: 'a b' }],
    [`${PRODUCTION}/rollback`, { image: 'evil@sha256:0' }],
    [`${PRODUCTION}/promote`, { from: 'staging' }],
    [`${PRODUCTION}/promote`, { requestId: 'a b' }],
    ['/api/releases/shop.web.101/retry', { requestId: 'short' }],
    ['/api/releases/shop.web.101/retry', []],
  ];
  const named = wrong.map(([path, body]) => [path, JSON.stringify(body).slice(0, 60), body] as const);
  test.each(named)('POST %s %s is 422 with what is wrong [F6]', async (path, _shown, body) => {
    const response = await api.post(path, body);
    expect([response.status, response.headers.get('content-type')]).toEqual([422, 'application/problem+json']);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('The body is not as expected') });
  });

  test.each([
    '/api/deployments/shop.web.production.999/approve',
    '/api/deployments/..%2f..%2fetc/approve',
    '/api/deployments/%00/reject',
    '/api/environments/shop/web/%3Cscript%3E/lock',
    '/api/environments/shop/web/PRODUCTION/lock',
    '/api/releases/shop.web.999/retry',
  ])('POST %s names nothing: 404 [F6]', async (path) => {
    const response = await api.post(path, path.endsWith('lock') ? { reason: 'x' } : {});
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  });

  test('nobody without a token, and no other site with a cookie, decides anything [F6][B6]', async () => {
    for (const path of [`${PRODUCTION}/lock`, '/api/deployments/shop.web.production.101/approve']) {
      expect((await api.app.request(path, { method: 'POST' }, {})).status).toBe(401);
    }
    const login = await api.app.request(
      '/login',
      { method: 'POST', body: new URLSearchParams({ token: TOKEN }), headers: { 'sec-fetch-site': 'same-origin' } },
      {},
    );
    const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const headers = { cookie, 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' };
    const response = await api.app.request(
      `${PRODUCTION}/lock`,
      { method: 'POST', body: '{"reason":"x"}', headers },
      {},
    );
    expect(response.status).toBe(403);
  });
});

test('with Temporal away every decision is 503 with Retry-After, and reading says that nobody answered [F5]', async () => {
  const id = await seedDeployment(api.store, { sequence: 1, state: 'awaiting_approval' });
  const asked = [
    [`/api/deployments/${id}/approve`, {}],
    [`${PRODUCTION}/lock`, { reason: 'x' }],
    [`${PRODUCTION}/rollback`, {}],
    [`${PRODUCTION}/promote`, {}],
  ] as const;
  await Promise.all(
    asked.map(async ([path, body]) => {
      const response = await api.post(path, body);
      expect([path, response.status, response.headers.get('retry-after')]).toEqual([path, 503, '5']);
    }),
  );
  expect(await answer(await api.ask(PRODUCTION), EnvironmentStatus)).toMatchObject({ answered: false, now: null });
}, 300_000);
