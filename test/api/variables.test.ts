import { beforeAll, describe, expect, test } from '@jest/globals';
import { VariablesChanged, VariablesView } from '../../contracts/http/api.ts';
import { listAudit } from '../../store/queries/views.ts';
import { CLUSTER_TOKEN, HOST_TOKEN, OTHER_HOST_TOKEN, NO_TEMPORAL, startApi, type Api } from './harness.ts';
import { seedDeployment, seedService } from './seed.ts';

const CANARY = 'canary-of-the-api-0815';
const PRODUCTION = '/api/environments/shop/web/production/variables';
const STAGING = '/api/environments/shop/web/staging/variables';

let api: Api;
beforeAll(async () => {
  api = await startApi({ address: NO_TEMPORAL });
  await seedService(api.store);
  await seedDeployment(api.store, { sequence: 1 });
});

const put = (path: string, body: unknown) =>
  api.ask(path, { method: 'PUT', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
const changed = async (response: Response) => VariablesChanged.parse(await response.json());
const list = async (path: string) => VariablesView.parse(await (await api.ask(path)).json());

describe('variables and secrets', () => {
  test('are set together as one revision, and listed without the values of secrets [B17]', async () => {
    await put(STAGING, { values: { LEVEL: 'info', COLOUR: 'red' }, deploy: false });
    const answer = await put(STAGING, { kind: 'secret', values: { TOKEN: CANARY }, deploy: false });

    expect(answer.status).toBe(200);
    expect(await changed(answer)).toMatchObject({ revision: 2, changed: ['TOKEN'], deployment: { state: 'kept' } });
    const view = await list(STAGING);
    expect(view.variables.map(({ name, kind, value, changedBy }) => [name, kind, value, changedBy])).toEqual([
      ['COLOUR', 'variable', 'red', 'ada'],
      ['LEVEL', 'variable', 'info', 'ada'],
      ['TOKEN', 'secret', null, 'ada'],
    ]);
  });

  test('a variable by the name of a secret is refused, and nothing is set, until it is said that anyone may read it [B17]', async () => {
    const path = '/api/environments/shop/web/secretive/variables';
    await put(path, { kind: 'secret', values: { TOKEN: CANARY }, deploy: false });
    const refused = await put(path, { values: { LEVEL: 'info', TOKEN: 'readable' }, deploy: false });
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({
      detail: expect.stringMatching(/^TOKEN is a secret of shop\.web\.secretive, .*--no-longer-secret.*noLongerSecret/),
    });
    expect((await list(path)).variables).toMatchObject([{ name: 'TOKEN', kind: 'secret', value: null }]);
    const again = await put(path, { kind: 'secret', values: { TOKEN: `${CANARY}-2` }, deploy: false });
    expect(again.status).toBe(200);
    await put(path, { values: { TOKEN: 'readable' }, noLongerSecret: true, deploy: false });
    expect((await list(path)).variables).toMatchObject([{ name: 'TOKEN', kind: 'variable', value: 'readable' }]);
  });

  test('are unset by name; one that is not there is named, and then nothing is unset [B17]', async () => {
    const refused = await api.ask(`${STAGING}?name=LEVEL&name=LEVLE`, { method: 'DELETE' });
    expect(refused.status).toBe(404);
    expect(await refused.json()).toMatchObject({ detail: 'shop.web.staging has no LEVLE. Nothing was unset.' });
    const gone = await api.ask(`${STAGING}?name=LEVEL&name=TOKEN&deploy=false`, { method: 'DELETE' });
    expect(await changed(gone)).toMatchObject({ revision: 3, changed: ['LEVEL', 'TOKEN'] });
    expect((await list(STAGING)).variables.map(({ name }) => name)).toEqual(['COLOUR']);
  });

  test.each([
    ['a reserved name', { values: { PORT: '80' } }, /PORT is given by Landfall: set run\.port/],
    ['a name that is none', { values: { '1ST': 'x' } }, /"1ST" is no name of a variable/],
    ['a NUL character', { kind: 'secret', values: { TOKEN: `${CANARY}\0` } }, /TOKEN holds a NUL/],
    ['half of a character', { kind: 'secret', values: { TOKEN: `${CANARY}\ud800` } }, /TOKEN is no valid text/],
    ['too large a value', { values: { BIG: 'ä'.repeat(16_385) } }, /BIG is larger than 32768 bytes/],
    ['a secret too short to mask', { kind: 'secret', values: { PIN: '123' } }, /PIN is shorter than 4 characters/],
    ['nothing', { values: {} }, /name at least one/],
    ['another field', { values: { A: 'b' }, secret: CANARY }, /[Uu]nrecognized key/],
  ])('%s is refused with what to do, and without the value [B17]', async (_name, body, detail) => {
    const before = await list(PRODUCTION);
    const answer = await put(PRODUCTION, body);
    expect(answer.status).toBe(422);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ detail: expect.stringMatching(detail) });
    expect(text).not.toContain(CANARY);
    expect(await list(PRODUCTION)).toEqual(before);
  });

  test('are stored even when Temporal is away, and the answer says that nothing was deployed [B17]', async () => {
    const answer = await changed(await put(PRODUCTION, { values: { LEVEL: 'debug' } }));
    expect(answer.deployment.state).toBe('failed');
    expect(answer.deployment.detail).toMatch(
      /stored, but was not deployed: .*Temporal.*landfall deploy shop\/web -e production/,
    );
    expect((await list(PRODUCTION)).variables).toMatchObject([{ name: 'LEVEL', value: 'debug' }]);
  });

  test('where nothing is live wait for the first deployment [B17]', async () => {
    const never = '/api/environments/shop/web/elsewhere/variables';
    const { deployment } = await changed(await put(never, { values: { A: 'b' } }));
    expect(deployment).toMatchObject({
      state: 'kept',
      detail: expect.stringContaining('no environment shop.web.elsewhere yet'),
    });
    const staging = await changed(await put(STAGING, { values: { A: 'b' } }));
    expect(staging.deployment).toMatchObject({ state: 'kept', detail: expect.stringContaining('Nothing is live') });
  });

  test('that change nothing deploy nothing [B17]', async () => {
    const { deployment, changed: names } = await changed(await put(PRODUCTION, { values: { LEVEL: 'debug' } }));
    expect({ names, state: deployment.state }).toEqual({ names: [], state: 'kept' });
  });

  test('leave an audit event with names, actor and revision, and no value [A8][B17]', async () => {
    await put(PRODUCTION, { kind: 'secret', values: { TOKEN: CANARY }, deploy: false });
    const events = await listAudit(api.store.db, { subject: 'shop.web.production', limit: 50 });
    expect(events[0]).toMatchObject({ action: 'secret.set', actor: 'token:ada', detail: 'TOKEN: revision 2' });
    expect(JSON.stringify(await listAudit(api.store.db, { limit: 200 }))).not.toContain(CANARY);
  });

  test('are described for programs [F6]', async () => {
    const text = await (await api.ask('/api/openapi.json')).text();
    expect(Object.keys((JSON.parse(text) as { paths: object }).paths)).toEqual(
      expect.arrayContaining([
        '/api/environments/{project}/{service}/{environment}/variables',
        '/api/secrets/rotate',
        '/api/hosts/values/{deployment}',
      ]),
    );
  });
});

describe('a release on its way', () => {
  const other = '/api/environments/shop/web/production/variables';
  const hostAsks = (path: string, token = HOST_TOKEN) =>
    api.ask(path, { headers: { authorization: `Bearer ${token}` } });

  test('whose deployment has not begun carries the change, so none is requested [B17]', async () => {
    await seedDeployment(api.store, { sequence: 2, state: 'switching' });
    const { deployment } = await changed(await put(other, { values: { ROUND: '1' } }));
    expect(deployment).toMatchObject({ state: 'carried', releases: ['shop.web.2'] });
  });

  test('gives its host the values, the same ones until it has ended, and nobody else [B17]', async () => {
    const path = '/api/hosts/values/shop.web.production.2';
    const answer = await hostAsks(path);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const first: unknown = await answer.json();
    expect(first).toMatchObject({ variables: { LEVEL: 'debug', ROUND: '1' }, secrets: { TOKEN: CANARY } });
    await put(other, { values: { ROUND: '2' } });
    expect(await (await hostAsks(path)).json()).toEqual(first);

    expect((await api.ask(path)).status).toBe(401);
    const elsewhere = await hostAsks(path, OTHER_HOST_TOKEN);
    expect(elsewhere.status).toBe(403);
    expect(await elsewhere.json()).toMatchObject({
      detail: expect.stringContaining('does not run on host-z') as unknown,
    });
    expect((await hostAsks('/api/hosts/values/shop.web.production.1')).status).toBe(409);
    expect((await hostAsks('/api/hosts/values/shop.web.production.99')).status).toBe(404);
    expect((await hostAsks('/api/hosts/values/shop.web')).status).toBe(404);
  });

  test('gives its host an older revision by number, to bring back what ran before [B17]', async () => {
    const answer = await hostAsks('/api/hosts/values/shop.web.production.2?revision=1&restoring=true');
    expect(await answer.json()).toMatchObject({ revision: 1, variables: { LEVEL: 'debug' }, secrets: {} });
    const never = await hostAsks('/api/hosts/values/shop.web.production.2?revision=77&restoring=true');
    expect(never.status).toBe(422);
  });

  test('of a newer commit, that began before the change, is not taken back by deploying what it replaces [B17]', async () => {
    const { deployment } = await changed(await put(other, { values: { ROUND: '3' } }));
    expect(deployment).toMatchObject({
      state: 'kept',
      detail: expect.stringContaining('shop.web.2 is being deployed there with the values of before'),
    });
  });

  test('gives a cluster what runs there, and no other place, not even a host of the same name [B17][D2]', async () => {
    await seedDeployment(api.store, { sequence: 3, state: 'switching', places: [{ name: 'eu', queue: 'cluster/eu' }] });
    const path = '/api/hosts/values/shop.web.production.3';
    expect((await hostAsks(path, CLUSTER_TOKEN)).status).toBe(200);
    expect((await hostAsks(path)).status).toBe(403);
    const elsewhere = await hostAsks('/api/hosts/values/shop.web.production.2', CLUSTER_TOKEN);
    expect(elsewhere.status).toBe(403);
    expect(await elsewhere.json()).toMatchObject({
      detail: expect.stringContaining('bear the name of their host, or cluster/NAME') as unknown,
    });

    const log = { method: 'POST', body: '', headers: { authorization: `Bearer ${CLUSTER_TOKEN}` } };
    expect((await api.ask('/api/logs/deployment-shop.web.production.3', log)).status).toBe(204);
    expect((await api.ask('/api/logs/deployment-shop.web.production.2', log)).status).toBe(403);
  });
});

describe('variables and secrets of previews', () => {
  const PREVIEWS = '/api/environments/shop/web/previews/variables';
  const OWN = 'canary-of-the-previews-0815';
  const preview = '/api/environments/shop/web/pr-7/variables';
  const hostAsks = (path: string, token = HOST_TOKEN) =>
    api.ask(path, { headers: { authorization: `Bearer ${token}` } });

  test('are set, listed and unset under the name of all previews; nothing is deployed by it [D2][B17]', async () => {
    const answer = await changed(await put(PREVIEWS, { kind: 'secret', values: { TOKEN: OWN, GONE: 'for-a-while' } }));
    expect(answer).toMatchObject({
      changed: ['TOKEN', 'GONE'],
      deployment: {
        state: 'kept',
        releases: [],
        detail: expect.stringMatching(/^Each preview takes it with its next/),
      },
    });
    const gone = await changed(await api.ask(`${PREVIEWS}?name=GONE`, { method: 'DELETE' }));
    expect(gone).toMatchObject({ changed: ['GONE'], deployment: { state: 'kept' } });
    for (const path of [PREVIEWS, preview]) {
      expect((await list(path)).variables).toMatchObject([{ name: 'TOKEN', kind: 'secret', value: null }]);
    }
  });

  test('are refused for one preview alone, with the name to use [D2][B17]', async () => {
    const refused = [
      await put(preview, { values: { A: 'b' } }),
      await api.ask(`${preview}?name=TOKEN`, { method: 'DELETE' }),
    ];
    for (const answer of refused) {
      expect(answer.status).toBe(409);
      expect(await answer.json()).toMatchObject({
        detail: expect.stringContaining('for shop.web.previews') as unknown,
      });
    }
    expect((await list(PREVIEWS)).variables).toMatchObject([{ name: 'TOKEN' }]);
  });

  test('reach the host of a preview, never those of another environment, and no other host [D2][B17]', async () => {
    await seedDeployment(api.store, { sequence: 4, environment: 'pr-7', state: 'switching' });
    const path = '/api/hosts/values/shop.web.pr-7.4';
    const values = await (await hostAsks(path)).text();
    expect(JSON.parse(values)).toMatchObject({ variables: {}, secrets: { TOKEN: OWN } });
    // Production has values of the same name and of others, older and newer than the preview's.
    expect(values).not.toContain(CANARY);
    expect(values).not.toContain('LEVEL');
    expect((await hostAsks(path, OTHER_HOST_TOKEN)).status).toBe(403);
    const production = await (await hostAsks('/api/hosts/values/shop.web.production.2')).text();
    expect(production).toContain(CANARY);
    expect(production).not.toContain(OWN);
  });
});

test('no answer and no page shows a secret [B17]', async () => {
  for (const path of [
    PRODUCTION,
    '/api/audit',
    '/api/deployments',
    '/api/services',
    '/',
    '/deployments/shop.web.production.2',
  ]) {
    const answer = await api.ask(path);
    expect([path, answer.status]).toEqual([path, 200]);
    expect(await answer.text()).not.toContain(CANARY);
  }
});

test('rotation seals every secret with the newest key, and says how many [B17]', async () => {
  const answer = await api.post('/api/secrets/rotate', {});
  expect(await answer.json()).toEqual({ key: 'test', resealed: 0 });
});
