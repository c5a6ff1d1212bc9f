import { beforeAll, describe, expect, test } from '@jest/globals';
import { createApp } from '../../../api/app.ts';
import { PUBLIC_ROUTES } from '../../../api/auth/authorize.ts';
import { Secret } from '../../../contracts/core/secret.ts';
import { recordBuildState } from '../../../store/queries/record-build.ts';
import { sessions } from '../../../store/schema.ts';
import { HOST_TOKEN, NO_TEMPORAL, TOKEN, sha256, startApi, type Api } from '../harness.ts';

let api: Api;
let routes: (readonly [string, string])[];

beforeAll(async () => {
  api = await startApi({ address: NO_TEMPORAL });
  routes = api.app.routes
    // Middleware is registered for all methods.
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => [method, path] as const);
});

const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
  api.app.request(path.replaceAll(/:\w+/g, 'x'), { method, headers }, {});
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Signs in as a browser does. @returns the cookie to send back */
async function signIn(app = api.app, token = TOKEN): Promise<string> {
  const response = await login(app, token);
  expect(response.status).toBe(303);
  return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}
const login = (app: Api['app'], token: string, headers: Record<string, string> = {}, next = '/') =>
  app.request(
    '/login',
    {
      method: 'POST',
      body: new URLSearchParams({ token, next }),
      headers: { 'sec-fetch-site': 'same-origin', ...headers },
    },
    {},
  );

const HOST = "a host's token";
const isForHosts = (method: string, path: string): boolean =>
  ['POST /api/logs/:stream', 'GET /api/hosts/values/:deployment', 'GET /api/hosts/certificates/:name'].includes(
    `${method} ${path}`,
  );

describe('who may ask what', () => {
  test('every route is closed without credentials, except the listed ones', async () => {
    expect(routes.length).toBeGreaterThan(25);
    for (const [method, path] of routes) {
      const { status } = await ask(method, path);
      const isPublic = PUBLIC_ROUTES.has(`${method} ${path}`);
      expect([method, path, status === 401]).toEqual([
        method,
        path,
        path === '/api/webhooks/github' ? false : !isPublic,
      ]);
    }
  });

  test('the list of open routes holds these and nothing else', () => {
    expect([...PUBLIC_ROUTES].toSorted()).toEqual([
      'GET /api/schema/landfall.json',
      'GET /assets/:file',
      'GET /deploy/:token',
      'GET /healthz',
      'GET /login',
      'GET /readyz',
      'POST /api/webhooks/github',
      'POST /deploy',
      'POST /login',
    ]);
  });

  test.each([
    ['an unknown token', bearer('guessed')],
    ['a token with something behind it', bearer(`${TOKEN}x`)],
    [HOST, bearer(HOST_TOKEN)],
    ['another scheme', { authorization: `Basic ${btoa(`ada:${TOKEN}`)}` }],
    ['a hash in place of the token', bearer(sha256(TOKEN))],
    ['a made-up cookie', { cookie: `landfall_session=9999999999.${sha256(TOKEN).slice(0, 16)}.ada.forged` }],
  ])('%s opens nothing that is closed', async (name, headers) => {
    for (const [method, path] of routes.filter(([m, p]) => !PUBLIC_ROUTES.has(`${m} ${p}`))) {
      if (name === HOST && isForHosts(method, path)) continue;
      expect([method, path, (await ask(method, path, headers)).status]).toEqual([method, path, 401]);
    }
  });

  test('a path that nobody serves is closed like any other', async () => {
    expect((await ask('GET', '/admin')).status).toBe(401);
    expect((await ask('GET', '/assets/../api/services')).status).toBe(401);
    expect((await ask('GET', '//healthz/../api/services')).status).toBe(401);
    expect((await ask('HEAD', '/api/services')).status).toBe(401);
  });

  test("a host's token writes logs, and a person's does not [B12]", async () => {
    await recordBuildState(api.store.db, { buildId: 'x', state: 'building', at: Date.now(), host: 'host-a' });
    const write = (token: string) =>
      api.app.request('/api/logs/build-x', { method: 'POST', body: '', headers: bearer(token) }, {});
    expect((await write(HOST_TOKEN)).status).toBe(204);
    expect((await write(TOKEN)).status).toBe(401);
  });

  test("a host's token reads the values of a deployment, and a person's does not, nor a browser's session [B17]", async () => {
    const path = '/api/hosts/values/shop.web.production.1';
    expect((await ask('GET', path, bearer(HOST_TOKEN))).status).toBe(404);
    expect((await ask('GET', path, bearer(TOKEN))).status).toBe(401);
    expect((await ask('GET', path, { cookie: await signIn() })).status).toBe(401);
  });
});

describe('sessions', () => {
  test('the cookie is out of reach of scripts and of other sites, and holds no token [F6]', async () => {
    const set = (await login(api.app, TOKEN)).headers.get('set-cookie') ?? '';
    expect(set).toMatch(/^landfall_session=/);
    expect(set).toMatch(/HttpOnly/);
    expect(set).toMatch(/SameSite=Lax/);
    expect(set).not.toMatch(/Secure/);
    expect(set).not.toContain(TOKEN);
  });

  test('over https it is bound to the host and secure [F6]', async () => {
    const app = createApp({ ...api.deps, publicUrl: 'https://landfall.test' });
    const set = (await login(app, TOKEN)).headers.get('set-cookie') ?? '';
    expect(set).toMatch(/^__Host-landfall_session=/);
    expect(set).toMatch(/Secure/);
  });

  test('opens pages and the API [F6]', async () => {
    const cookie = await signIn();
    expect((await ask('GET', '/', { cookie })).status).toBe(200);
    expect((await ask('GET', '/api/services', { cookie })).status).toBe(200);
  });

  test('ends when its token is replaced or removed, when the key changes, and when it has been tampered with [F6]', async () => {
    const cookie = await signIn();
    const changes = [
      { tokens: () => [{ name: 'ada', sha256: sha256('another') }] },
      { tokens: () => [] },
      { cookieKey: new Secret('x'.repeat(32)) },
    ];
    for (const change of changes) {
      const app = createApp({ ...api.deps, ...change });
      expect((await app.request('/', { headers: { cookie } }, {})).status).toBe(401);
    }
    for (const tampered of [
      cookie.replace(/=./, (start) => (start === '=A' ? '=B' : '=A')),
      `${cookie.slice(0, -6)}AAAAAA`,
    ]) {
      expect(tampered).not.toBe(cookie);
      expect((await ask('GET', '/', { cookie: tampered })).status).toBe(401);
    }
  });

  test('signing out takes the cookie back, and a copy of it opens nothing in any process [F6]', async () => {
    const cookie = await signIn();
    const stays = await signIn();
    const another = createApp(api.deps);
    expect((await another.request('/api/services', { headers: { cookie } }, {})).status).toBe(200);
    const response = await ask('POST', '/logout', { cookie, 'sec-fetch-site': 'same-origin' });
    expect(response.headers.get('set-cookie')).toMatch(/^landfall_session=;.*Max-Age=0/);
    for (const app of [api.app, another]) {
      expect((await app.request('/api/services', { headers: { cookie } }, {})).status).toBe(401);
      expect((await app.request('/api/services', { headers: { cookie: stays } }, {})).status).toBe(200);
    }
    expect((await ask('POST', '/api/deployments/x/cancel', { cookie, 'sec-fetch-site': 'same-origin' })).status).toBe(
      401,
    );
  });

  test('the store knows a session by a hash, which opens nothing [F6]', async () => {
    const cookie = await signIn();
    const [, value = ''] = /=([^.]+)\./.exec(decodeURIComponent(cookie)) ?? [];
    expect(value).toHaveLength(43);
    const rows = JSON.stringify(await api.store.db.select().from(sessions));
    expect(rows).toContain(sha256(value));
    expect(rows).not.toContain(value);
  });

  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbouring host', { 'sec-fetch-site': 'same-site' }],
    ['another origin', { origin: 'https://evil.test' }],
    ['the same host under another scheme', { origin: 'https://localhost' }],
    ['a sandboxed page', { origin: 'null' }],
    ['nobody knows where', {}],
  ])('a change that %s sends along is refused, reading is not [F6]', async (_name, headers) => {
    const cookie = await signIn();
    expect((await ask('POST', '/api/deployments/x/cancel', { cookie, ...headers })).status).toBe(403);
    expect((await ask('GET', '/api/services', { cookie, ...headers })).status).toBe(200);
  });

  test('a change from our own page is taken, by either sign of it [F6]', async () => {
    const cookie = await signIn();
    for (const headers of [{ 'sec-fetch-site': 'same-origin' }, { origin: 'http://localhost' }]) {
      expect((await ask('POST', '/api/deployments/x/cancel', { cookie, ...headers })).status).toBe(404);
    }
  });

  test('another site cannot sign a visitor in [F6]', async () => {
    expect((await login(api.app, TOKEN, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  });

  test('an https site takes no page of its host over plain http for its own [F6]', async () => {
    const app = createApp({ ...api.deps, publicUrl: 'https://landfall.test' });
    const from = (origin: string) =>
      app.request(
        '/login',
        { method: 'POST', body: new URLSearchParams({ token: TOKEN }), headers: { origin, host: 'landfall.test' } },
        {},
      );
    expect((await from('http://landfall.test')).status).toBe(403);
    expect((await from('https://landfall.test')).status).toBe(303);
  });

  test('after ten failed attempts the address waits; a right token is never locked out [F6]', async () => {
    const app = createApp(api.deps);
    for (let i = 0; i < 10; i += 1) expect((await login(app, 'guessed')).status).toBe(401);
    const refused = await login(app, 'guessed');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await login(app, TOKEN)).status).toBe(303);
  });

  test('attempts that run side by side count before their bodies are there [F6]', async () => {
    const app = createApp(api.deps);
    const all = await Promise.all(Array.from({ length: 60 }, async () => login(app, 'guessed')));
    const statuses = all.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(50);
  });

  test.each([
    ['/deployments/x?y=1', '/deployments/x?y=1'],
    ['//evil.test', '/'],
    ['/\\evil.test', '/'],
    ['https://evil.test', '/'],
    ['javascript:alert(1)', '/'],
    ['/%2f/evil.test', '/%2f/evil.test'],
    ['/.//evil.test', '/'],
    ['/x/..//evil.test', '/'],
    ['/%2e//evil.test', '/'],
    ['/.\\/evil.test', '/'],
  ])('signing in on the way to %s leads to %s [F6]', async (next, location) => {
    expect((await login(api.app, TOKEN, {}, next)).headers.get('location')).toBe(location);
  });

  test('a browser without a session gets the form in place of the page; a program gets a problem [F6]', async () => {
    const page = await ask('GET', '/deliveries', { accept: 'text/html' });
    expect(page.status).toBe(401);
    expect(await page.text()).toContain('<form method="post" action="/login">');
    expect((await ask('GET', '/deliveries')).headers.get('content-type')).toBe('application/problem+json');
  });

  test('a cookie key that could be guessed is refused at the start [F6]', () => {
    const short = new Secret('short');
    expect(() => createApp({ ...api.deps, cookieKey: short })).toThrow(/cookie key/);
  });
});
