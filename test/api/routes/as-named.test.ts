/** Any id that Landfall prints, in any spelling, at every address that takes one. */
import { PORT } from '../../support/targets/podman.ts';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { meantTargets } from '../../../api/commands/meant-targets.ts';
import { createRollbackTargets } from '../../../api/operations/rollback-targets.ts';
import { targetMeant } from '../../../api/operations/target-meant.ts';
import { startServer } from '../../../api/server.ts';
import { deploymentRequest } from '../../support/simulation/fixtures.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { NO_TEMPORAL, TOKEN, startApi, type Api } from '../harness.ts';
import { KEY, seedDeployment, seedService } from '../seed.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi({ address: NO_TEMPORAL });
  await seedService(api.store);
  await seedDeployment(api.store, { sequence: 41 });
  // One release in two environments.
  await seedDeployment(api.store, { sequence: 42, environment: 'staging' });
  await seedDeployment(api.store, { sequence: 42, state: 'switching' });
});

const { commit, digest } = deploymentRequest({ key: { ...KEY, environment: 'production' }, sequence: 41, hosts: [] });
const ONE = ['shop.web.41', 'shop.web.production.41', '41', '#41', commit, commit.slice(0, 12), digest];
const SPELT = [
  ...ONE,
  '`shop.web.41`',
  'SHOP.WEB.41.',
  '**shop.web.production.41**',
  'https://landfall.test/deployments/shop.web.production.41',
];
const Found = z.object({ id: z.string() });
const at = (kind: string, text: string) => api.ask(`/api/${kind}/${encodeURIComponent(text)}`);

describe.each(SPELT)('%s', (text) => {
  test.each([
    ['releases', 'shop.web.41'],
    ['deployments', 'shop.web.production.41'],
    ['builds', 'shop.web.41'],
  ])('among %s is the one that it belongs to [A7][F6]', async (kind, id) => {
    const response = await at(kind, text);
    expect([response.status, Found.parse(await response.json()).id]).toEqual([200, id]);
  });

  test('on a page leads to the page of it [F6]', async () => {
    const response = await api.ask(`/deployments/${encodeURIComponent(text)}`);
    const where = response.headers.get('location') ?? '/deployments/shop.web.production.41';
    expect(where).toBe('/deployments/shop.web.production.41');
  });
});

test.each(['shop.web.42', '42', 'shop.web.42.1'])('%s means two deployments, and both are named [A7]', async (text) => {
  const response = await at('deployments', text);
  expect([response.status, await response.json()]).toMatchObject([
    409,
    {
      type: 'urn:landfall:problem:Ambiguous',
      detail: expect.stringMatching(/shop\.web\.production\.42, shop\.web\.staging\.42/),
    },
  ]);
});

test.each(['shop.web.42', '42'])(
  '%s, where one of the two is under way, means that one to a cancel [A7][B10]',
  async (text) => {
    // Temporal is away here: what is refused so has been found.
    const response = await api.post(`/api/deployments/${encodeURIComponent(text)}/cancel`, { reason: 'x' });
    expect(response.status).toBe(503);
  },
);

test.each(['shop.web.999', 'deadbeef0', 'shop.api.41', 'x', '🦄', '%', 'shop..web', 'shop.web.staging.41'])(
  '%s is nothing that there is, and the answer is 404 [F6]',
  async (text) => {
    for (const kind of ['releases', 'deployments', 'builds']) expect((await at(kind, text)).status).toBe(404);
  },
);

test.each([
  'shop/web/production',
  'shop.web.production',
  'shop.web/production',
  encodeURIComponent('`shop.web.production`'),
  'SHOP.web.Production',
])('%s is the environment, as it is printed [F6]', async (text) => {
  const response = await api.ask(`/api/environments/${text}/rollback-targets`);
  expect([response.status, await response.json()]).toEqual([200, []]);
});

test('what was live there is named by its release, number or commit when something goes back to it [B9]', async () => {
  await seedDeployment(api.store, { sequence: 43 });
  const back = (to: string) => api.post('/api/environments/shop.web.production/rollback', { to });
  // Temporal is away here: what is refused so has been found.
  expect((await back('shop.web.41')).status).toBe(503);
  const key = { ...KEY, environment: 'production' };
  const targets = await createRollbackTargets(api.deps)(key);
  for (const to of ONE) {
    expect([to, meantTargets(targets, key, to).map(({ deploymentId }) => deploymentId)]).toEqual([
      to,
      ['shop.web.production.41'],
    ]);
  }
  for (const to of ['shop.web.43', 'deadbeef0', 'yesterday']) {
    const response = await back(to);
    expect([to, response.status]).toEqual([to, 422]);
    expect(await response.json()).toMatchObject({
      detail: expect.stringMatching(/There is: shop\.web\.production\.41/),
    });
  }
});

test('over a connection a body goes along [F6]', async () => {
  const server = await startServer({ app: api.app, hostname: '127.0.0.1', port: 0 });
  onCleanup(() => server.close());
  const response = await fetch(`${server.url}/api/environments/shop.web.production/rollback`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ to: 'yesterday' }),
  });
  expect([response.status, await response.json()]).toMatchObject([
    422,
    { detail: expect.stringMatching(/"to" is no id/) },
  ]);
});

test('whoever may not ask is not told what there is [A1]', async () => {
  const response = await api.app.request('/api/deployments/42', {}, {});
  expect(response.status).toBe(401);
});

test('the log of a release, number or commit is that of its build, of a deployment its own [F6]', async () => {
  for (const text of ['shop.web.41', '41', commit]) {
    expect([text, (await at('logs', text)).status]).toEqual([text, (await at('logs', 'build-shop.web.41')).status]);
  }
  const own = await at('logs', 'deployment-shop.web.production.41');
  expect((await at('logs', 'shop.web.production.41')).status).toBe(own.status);
  expect((await at('logs', 'shop.web.999')).status).toBe(404);
});

describe('a service that is called otherwise now', () => {
  test('is found by either name, and what cannot be is refused with why [B4][F6]', async () => {
    const move = (from: string, to: string) => api.post('/api/services/move', { from, to });
    expect((await move('shop', 'store')).status).toBe(200);
    expect(await (await move('store/web', 'store/frontend')).json()).toEqual({
      ...{ keptAs: 'shop/web', calledNow: 'store/frontend' },
    });
    for (const text of ['store.frontend.production', 'shop.web.production', 'store/web/production']) {
      expect([text, (await api.ask(`/api/environments/${text}/rollback-targets`)).status]).toEqual([text, 200]);
    }
    for (const text of ['store.frontend.41', 'store.frontend.production.41', 'shop.web.41']) {
      expect(Found.parse(await (await at('deployments', text)).json()).id).toBe('shop.web.production.41');
    }
    const listed = await api.ask('/api/deployments?project=store&service=frontend&environment=staging');
    expect(
      z
        .array(Found)
        .parse(await listed.json())
        .map(({ id }) => id),
    ).toEqual(['shop.web.staging.42']);
    const services = await (await api.ask('/api/services')).json();
    expect(services).toMatchObject([{ project: 'shop', service: 'web', calledNow: 'store/frontend' }]);
    const trail = await (await api.ask('/api/audit?subject=shop.web')).json();
    expect(trail).toMatchObject([{ action: 'service.move', detail: 'store/web is called store/frontend' }]);
    for (const [from, to, status, why] of [
      ['nothing', 'new', 404, /no project nothing/],
      ['shop/nothing', 'shop/new', 404, /no service/],
      ['shop/web', 'other/web', 409, /belongs to one repository/],
      ['shop', 'My Shop', 422, /PROJECT/],
    ] as const) {
      const response = await move(from, to);
      expect([from, response.status, await response.json()]).toMatchObject([
        from,
        status,
        { detail: expect.stringMatching(why) },
      ]);
    }
  });
});

describe("today's names", () => {
  beforeAll(async () => {
    await seedDeployment(api.store, { sequence: 45 });
    // Again is no harm.
    await api.post('/api/services/move', { from: 'shop', to: 'store' });
    await api.post('/api/services/move', { from: 'store/web', to: 'store/frontend' });
  });
  const key = { ...KEY, environment: 'production' };

  test('are taken by the request to go back [B4][B9]', async () => {
    const to = 'store.frontend.41';
    const response = await api.post('/api/environments/store.frontend.production/rollback', { to });
    // Temporal is away here: what is refused so has been found.
    expect(response.status).toBe(503);
  });

  test.each([
    'store.frontend.41',
    'store.frontend.41.1',
    'shop.frontend.production.41',
    'store.frontend.production.41',
  ])('%s is what something goes back to [B4][B9]', async (to) => {
    const deps = { ...api.deps, rollbackTargets: createRollbackTargets(api.deps) };
    expect(await targetMeant(deps, key, to)).toBe('shop.web.production.41');
  });

  test.each([
    'store.frontend.41',
    'store.frontend.production.41',
    'build-store.frontend.41',
    'deployment-shop.frontend.production.41',
  ])('%s has the log that it has by its other name [B4][F6]', async (text) => {
    expect((await at('logs', text)).status).toBe(200);
  });

  test.each([
    ['store', 'shop'],
    ['store.frontend', 'shop.web'],
    ['`Store.Frontend.production.41`', 'shop.web.production.41'],
    ['store.frontend.41', 'shop.web.41'],
  ])('%s has the trail of %s [B4][F6]', async (text, kept) => {
    const trail = async (subject: string) =>
      z
        .array(z.looseObject({ id: z.string() }))
        .parse(await (await api.ask(`/api/audit?subject=${encodeURIComponent(subject)}`)).json());
    const found = await trail(text);
    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(await trail(kept));
  });

  const file = (project: string, service: string, publish: string) =>
    `version: 1\n${project}services: { ${service}: {} }\nenvironments:\n  production: { target: { podman: { hosts: [host-a], publish: { ${publish} } } } }\n`;
  const validated = async (text: string, query = '') => {
    const response = await api.ask(`/api/validate${query}`, {
      method: 'POST',
      body: text,
      headers: { 'content-type': 'text/plain' },
    });
    return response.json();
  };

  test('in a file its own ports are its own, whichever names it says [B4][F6]', async () => {
    const all = [
      ['project: store\n', 'web', `web: ${PORT}`, ''],
      ['project: store\n', 'frontend', `frontend: ${PORT}`, ''],
      ['project: shop\n', 'frontend', `web: ${PORT}`, ''],
      ['', 'web', `frontend: ${PORT}`, '?project=store'],
    ] as const;
    // Temporal is away here, and each of them waits to ask it for the hosts.
    const found = await Promise.all(
      all.map(async ([project, service, publish, query]) => validated(file(project, service, publish), query)),
    );
    expect(found).toEqual(all.map(() => ({ valid: true, problems: [] })));
  });

  test('in a file: what a push would refuse is refused, and the ports of others are those of others [B4][F6]', async () => {
    expect(await validated(file('project: store\n', 'web', 'web: 1, frontend: 2'))).toMatchObject({
      ...{ valid: false, problems: [{ line: 5, path: 'environments.production.target.podman.publish.frontend' }] },
    });
    expect(await validated(file('project: tools\n', 'web', `web: ${PORT}`))).toMatchObject({
      ...{ valid: true, warnings: [{ message: expect.stringMatching(/that of shop\.web\./) }] },
    });
  });
});
