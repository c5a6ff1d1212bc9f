import { beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { BlockList } from 'node:net';
import { readCloneUrl } from '../../activities/source/clone-url.ts';
import { createApp } from '../../api/app.ts';
import {
  BuildView,
  DeploymentView,
  EnvironmentView,
  ReleaseView,
  ServiceView,
  ValidateResult,
} from '../../contracts/http/api.ts';
import { NO_TEMPORAL, TOKEN, startApi, type Api } from './harness.ts';
import { seedDeployment, seedService } from './seed.ts';

let api: Api;

beforeAll(async () => {
  api = await startApi({ address: NO_TEMPORAL });
  await seedService(api.store);
  await seedDeployment(api.store, { sequence: 1, environment: 'staging' });
  await seedDeployment(api.store, { sequence: 1, at: Date.UTC(2026, 0, 2, 13) });
  await seedDeployment(api.store, {
    sequence: 2,
    state: 'rolled_back',
    at: Date.UTC(2026, 0, 2, 14),
    failure: { type: 'Unhealthy', message: 'GET /healthz answered 500 fifteen times' },
  });
  await seedDeployment(api.store, { sequence: 3, state: 'switching', at: Date.UTC(2026, 0, 2, 15) });
});

async function read<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const response = await api.ask(path);
  expect([path, response.status]).toEqual([path, 200]);
  return schema.parse(await response.json());
}

describe('reading', () => {
  test('services with what is live in each environment, production last [A9][F6]', async () => {
    const [service, ...others] = await read('/api/services', z.array(ServiceView));
    expect(others).toEqual([]);
    expect(service).toMatchObject({
      project: 'shop',
      service: 'web',
      source: 'https://git.test/acme/shop.git',
      branch: 'main',
      environments: [
        { environment: 'staging', live: { deploymentId: 'shop.web.staging.1' } },
        { environment: 'production', live: { deploymentId: 'shop.web.production.1' } },
      ],
    });
  });

  test('an environment: which digest runs there now and which ran before, with the commits of each and what built it [A9]', async () => {
    const there = await startApi({ address: NO_TEMPORAL });
    await seedService(there.store);
    for (const sequence of [1, 2]) await seedDeployment(there.store, { sequence, at: Date.UTC(2026, 0, 2 + sequence) });
    const response = await there.ask('/api/environments/shop/web/production');
    const { live, previous } = EnvironmentView.parse(await response.json());
    expect([live?.deploymentId, previous?.deploymentId]).toEqual(['shop.web.production.2', 'shop.web.production.1']);
    for (const one of [live, previous]) {
      expect(one).toMatchObject({ digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), builder: 'dockerfile' });
    }
    expect(live?.changes).toMatchObject({ from: { commit: previous?.commit }, to: live?.commit, rollback: false });

    const was = await there.ask('/api/deployments?project=shop&service=web&environment=production&state=live');
    const [newest, first] = z.array(DeploymentView).parse(await was.json());
    expect(newest).toMatchObject({ builder: 'dockerfile', digest: live?.digest, changes: live?.changes });
    expect(first).toMatchObject({ digest: previous?.digest, changes: { from: null } });
    expect((await there.ask('/api/deployments?state=gone')).status).toBe(422);
  });

  test('deployments, newest first, narrowed by environment and limit [A8]', async () => {
    const ids = async (query: string) =>
      (await read(`/api/deployments${query}`, z.array(DeploymentView))).map(({ id }) => id);
    expect(await ids('')).toEqual([
      'shop.web.production.3',
      'shop.web.production.2',
      'shop.web.production.1',
      'shop.web.staging.1',
    ]);
    expect(await ids('?project=shop&service=web&environment=staging')).toEqual(['shop.web.staging.1']);
    expect(await ids('?limit=1')).toEqual(['shop.web.production.3']);
    expect(await ids('?project=nobody')).toEqual([]);
  });

  test('a deployment with its steps, places, addresses and failure [A8][F6]', async () => {
    const deployment = await read('/api/deployments/shop.web.production.2', DeploymentView);
    expect(deployment).toMatchObject({
      state: 'rolled_back',
      generation: 2,
      healthAttempts: 2,
      urls: ['http://127.0.0.1:20080'],
      failure: { type: 'Unhealthy', message: 'GET /healthz answered 500 fifteen times' },
    });
    expect(deployment.steps.map(({ step, place, state }) => [step, place, state])).toEqual([
      ['prepare', 'host-a', 'done'],
      ['capture', 'host-a', 'done'],
      ['switch', 'host-a', 'failed'],
    ]);
  });

  test('a build with the time of each state and the host that claimed it [B5][B8]', async () => {
    const build = await read('/api/builds/shop.web.1', BuildView);
    expect(build.bases).toEqual([{ image: 'node:24', digest: `sha256:${'ba5e'.repeat(16)}` }]);
    expect(build).toMatchObject({ state: 'completed', host: 'builder-1', builder: 'dockerfile' });
    expect(Object.keys(build.times)).toEqual(['pending', 'claimed', 'cloning', 'building', 'pushing', 'completed']);
    expect(build.digest).toMatch(/^sha256:/);
  });

  test('a release with its build and its deployments; one that is built is deploying [A6]', async () => {
    const landed = await read('/api/releases/shop.web.1', ReleaseView);
    expect(landed).toMatchObject({ state: 'completed', build: { id: 'shop.web.1', state: 'completed' } });
    expect(landed.deployments.map(({ environment }) => environment)).toEqual(['staging', 'production']);
    expect(await read('/api/releases/shop.web.3', ReleaseView)).toMatchObject({ state: 'deploying' });
    const all = await read('/api/releases?project=shop', z.array(ReleaseView));
    expect(all.map(({ sequence }) => sequence)).toEqual([3, 2, 1]);
  });

  test('an environment is answered from the store within seconds while Temporal is away [A9][F5]', async () => {
    const schema = EnvironmentView.extend({ now: z.null() });
    const environment = await read('/api/environments/shop/web/production', schema);
    expect(environment.live?.deploymentId).toBe('shop.web.production.1');
  });

  test('who did what, of everything and of one thing [A8]', async () => {
    const Events = z.array(z.object({ actor: z.string(), action: z.string(), subject: z.string() }));
    const all = await read('/api/audit', Events);
    expect(all.map(({ action }) => action)).toContain('release.requested');
    const one = await read('/api/audit?subject=shop.web.production.2', Events);
    expect(one).toEqual([{ actor: 'github:ada', action: 'deployment.rolled_back', subject: 'shop.web.production.2' }]);
  });

  test('the JSON Schema of landfall.yaml is open to editors [F6]', async () => {
    const response = await api.app.request('/api/schema/landfall.json', {}, {});
    expect(await response.json()).toMatchObject({ $schema: expect.stringContaining('2020-12'), type: 'object' });
  });

  test('the OpenAPI description lists the routes that answer, with their security [F6]', async () => {
    const document = await read('/api/openapi.json', z.looseObject({ paths: z.record(z.string(), z.unknown()) }));
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/deploy',
        '/deploy/{token}',
        '/healthz',
        '/api/releases',
        '/api/releases/{id}/cancel',
        '/api/deployments/{id}',
        '/api/logs/{stream}',
        '/api/validate',
      ]),
    );
    for (const path of [
      '/api/deployments',
      '/api/deployments/{id}',
      '/api/environments/{project}/{service}/{environment}',
      '/api/services',
    ]) {
      expect([path, JSON.stringify(document.paths[path])]).toEqual([path, expect.stringContaining('compareUrl')]);
    }
    expect(document).toMatchObject({ openapi: '3.1.0', security: [{ token: [] }] });
  });
});

describe('validating a landfall.yaml', () => {
  const validate = async (body: string) => {
    const response = await api.ask('/api/validate', {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/plain' },
    });
    expect(response.status).toBe(200);
    return ValidateResult.parse(await response.json());
  };

  test('says that a good one is good, and where a bad one is bad [F6]', async () => {
    expect(await validate('version: 1\nservices:\n  web: {}\n')).toEqual({ valid: true, problems: [] });
    const bad = await validate('version: 1\nservices:\n  web:\n    run:\n      port: 99999\n');
    expect(bad).toMatchObject({ valid: false, problems: [{ line: 5, path: 'services.web.run.port' }] });
  });

  test('takes no more than a megabyte [F6]', async () => {
    const response = await api.ask('/api/validate', { method: 'POST', body: 'x'.repeat(1024 * 1024 + 1) });
    expect(response.status).toBe(413);
  });
});

describe('declaring a service at a public Git URL', () => {
  const shop = { project: 'tools', service: 'cli', cloneUrl: 'https://git.test/acme/tools.git', branch: 'main' };

  test('is remembered with who did it; again changes the branch [B11][A8]', async () => {
    expect((await api.post('/api/services', shop)).status).toBe(201);
    expect((await api.post('/api/services', { ...shop, branch: 'stable' })).status).toBe(201);
    const services = await read('/api/services', z.array(ServiceView));
    expect(services.find(({ project }) => project === 'tools')).toMatchObject({ branch: 'stable', environments: [] });
    const audit = await read('/api/audit?subject=tools.cli', z.array(z.looseObject({ actor: z.string() })));
    expect(audit.map(({ actor }) => actor)).toEqual(['token:ada', 'token:ada']);
  });

  test("another source's project is refused, saying whose it is [B11]", async () => {
    const response = await api.post('/api/services', { ...shop, project: 'shop' });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('https://git.test/acme/shop.git') });
  });

  test.each([
    ['a password in the URL', { cloneUrl: 'https://ada:hunter2@git.test/x.git' }],
    ['a token in the query', { cloneUrl: 'https://git.test/x.git?token=hunter2' }],
    ['no encryption', { cloneUrl: 'http://git.test/x.git' }],
    ['a file', { cloneUrl: 'file:///etc/passwd' }],
    ['an external helper', { cloneUrl: 'ext::sh -c reboot' }],
    ['an option for a URL', { cloneUrl: '--upload-pack=reboot' }],
    ['an option for a branch', { branch: '--upload-pack=reboot' }],
    ['a name that is none', { project: '../shop' }],
    ['a field that nobody knows', { cloneURL: 'x' }],
  ])('%s is 422, and is not repeated in the answer [B11][B6]', async (_name, wrong) => {
    const response = await api.post('/api/services', { ...shop, ...wrong });
    expect(response.status).toBe(422);
    expect(await response.text()).not.toMatch(/hunter2|reboot/);
  });

  test('plain http and private addresses are fine where the operator names the host [B11]', async () => {
    const local = { ...shop, project: 'local', cloneUrl: 'http://127.0.0.1:8080/x.git' };
    const refused = await api.post('/api/services', local);
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain('LANDFALL_PRIVATE_SOURCES');
    const here = { hosts: new Set(['127.0.0.1']), networks: new BlockList() };
    const app = createApp({ ...api.deps, readCloneUrl: (text) => readCloneUrl(text, here) });
    const body = JSON.stringify(local);
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    expect((await app.request('/api/services', { method: 'POST', body, headers }, {})).status).toBe(201);
  });
});

describe('problems', () => {
  test.each([
    ['/api/deployments/shop.web.production.99', 404],
    ['/api/builds/nobody', 404],
    ['/api/releases/..%2f..%2fetc', 404],
    ['/api/environments/shop/web/moon', 404],
    ['/api/logs/build-nobody', 404],
    ['/api/logs/passwd', 404],
    ['/api/logs/build-..%2f..%2fetc%2fpasswd', 404],
    ['/api/nothing', 404],
    ['/nothing', 404],
    ['/api/deployments?limit=0', 422],
    ['/api/deployments?limit=many', 422],
    ['/api/deliveries?state=lost', 422],
  ])('GET %s is %i as problem+json with something to do', async (path, status) => {
    const response = await api.ask(path);
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
    expect(await response.json()).toMatchObject({
      status,
      type: expect.any(String),
      detail: expect.stringMatching(/.{10}/),
    });
  });

  test('a body that is no JSON is 400, one that says something else 422', async () => {
    const headers = { 'content-type': 'application/json' };
    expect((await api.ask('/api/releases', { method: 'POST', body: '{', headers })).status).toBe(400);
    expect((await api.ask('/api/releases', { method: 'POST', body: '{}', headers })).status).toBe(422);
    expect((await api.ask('/api/releases', { method: 'POST', body: 'project=shop' })).status).toBe(400);
  });

  test('releasing while Temporal is away is 503 with Retry-After, within the deadline [F5]', async () => {
    const response = await api.post('/api/releases', { project: 'shop', service: 'web' });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  });

  test('cancelling what has ended is 409 with its state [F2]', async () => {
    const release = await api.post('/api/releases/shop.web.1/cancel', {});
    expect([release.status, await release.json()]).toMatchObject([
      409,
      { detail: expect.stringContaining('completed') },
    ]);
    const deployment = await api.post('/api/deployments/shop.web.production.2/cancel', {});
    expect([deployment.status, await deployment.json()]).toMatchObject([
      409,
      { detail: expect.stringContaining('rolled_back') },
    ]);
  });

  test('an error that nobody foresaw shows none of its words', async () => {
    const broken = createApp({
      ...api.deps,
      workerState: () => {
        throw new Error('the password is hunter2');
      },
    });
    const response = await broken.request('/readyz', {}, {});
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('hunter2');
  });

  test('with the store away reading is 503 [F5]', async () => {
    await api.store.close();
    expect((await api.ask('/api/services')).status).toBe(503);
  });
});
