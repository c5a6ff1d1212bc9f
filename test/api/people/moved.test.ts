/** A service is renamed while people hold it: their locks, pauses and variables stay, and what waits goes on, by the new name. */
import { beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { DeploymentView, ReleaseView, ServiceView, VariablesView } from '../../../contracts/http/api.ts';
import { ApprovalView, EnvironmentNow, EnvironmentStatus, RollbackTarget } from '../../../contracts/http/people.ts';
import { eventually } from '../../support/eventually.ts';
import { deploymentRequest } from '../../support/simulation/fixtures.ts';
import { askEnvironment } from '../../support/simulation/scene.ts';
import { KEY, seedDeployment } from '../seed.ts';
import { waitingRelease } from '../waiting-release.ts';
import { answer, startPeople } from './stage.ts';

const { world, api } = await startPeople();
const STAGING = '/api/environments/store/frontend/staging';
const PRODUCTION = '/api/environments/store/frontend/production';
const CALLED = { project: 'shop', service: 'web', calledNow: 'store/frontend' };

let waiting: Awaited<ReturnType<typeof waitingRelease>>;
let held: EnvironmentStatus;

async function put(kind: 'variable' | 'secret', values: Readonly<Record<string, string>>): Promise<void> {
  const response = await api.ask('/api/environments/shop/web/staging/variables', {
    method: 'PUT',
    body: JSON.stringify({ kind, values, deploy: false }),
    headers: { 'content-type': 'application/json' },
  });
  expect(response.status).toBe(200);
}

beforeAll(async () => {
  await seedDeployment(api.store, { sequence: 40 });
  await seedDeployment(api.store, { sequence: 41 });
  await put('variable', { LEVEL: 'info' });
  await put('secret', { TOKEN: 'canary-of-a-move' });
  expect((await api.post('/api/environments/shop/web/staging/lock', { reason: 'measuring' })).status).toBe(200);
  expect((await api.post('/api/environments/shop/web/staging/pause', { reason: 'an incident' })).status).toBe(200);
  const key = { ...KEY, environment: 'staging' };
  await askEnvironment(world.client, deploymentRequest({ key, sequence: 1, hosts: ['host-a'] }));
  held = await eventually('it to wait', async () => {
    const status = await answer(await api.ask('/api/environments/shop/web/staging'), EnvironmentStatus);
    return status.now?.waiting.length === 1 && status;
  });
  waiting = await waitingRelease({ world, api }, 101);

  expect((await api.post('/api/services/move', { from: 'shop', to: 'store' })).status).toBe(200);
  expect((await api.post('/api/services/move', { from: 'store/web', to: 'store/frontend' })).status).toBe(200);
});

test('a lock, a pause and what waits behind them stay as they are [B4][E9]', async () => {
  const status = await answer(await api.ask(STAGING), EnvironmentStatus);
  expect(status).toEqual({ ...held, ...CALLED });
  expect(status.now).toMatchObject({ lock: { reason: 'measuring' }, pause: { reason: 'an incident' } });
});

test('variables and secrets stay, in the same revision [B4][B17]', async () => {
  const shown = await answer(await api.ask(`${STAGING}/variables`), VariablesView);
  expect(shown).toMatchObject({
    revision: 2,
    variables: [
      { name: 'LEVEL', kind: 'variable', value: 'info', revision: 1 },
      { name: 'TOKEN', kind: 'secret', value: null, revision: 2 },
    ],
  });
});

test('history and the way back stay, under the name of now [B4][A9]', async () => {
  const query = 'project=store&service=frontend&environment=production&state=live';
  const history = await answer(await api.ask(`/api/deployments?${query}`), z.array(DeploymentView));
  expect(history.map(({ id }) => id).toSorted()).toEqual(['shop.web.production.40', 'shop.web.production.41']);
  expect(history).toEqual(history.map(() => expect.objectContaining(CALLED)));
  const release = await answer(await api.ask('/api/releases/store.frontend.41'), ReleaseView);
  expect(release).toMatchObject({ ...CALLED, build: CALLED, deployments: [CALLED] });
  const targets = await answer(await api.ask(`${PRODUCTION}/rollback-targets`), z.array(RollbackTarget));
  expect(targets.map(({ deploymentId }) => deploymentId)).toEqual(['shop.web.production.40']);
});

test('a service is listed by any name that it has had [B4][F6]', async () => {
  for (const [project, service] of [
    ['shop', 'web'],
    ['store', 'frontend'],
    ['store', 'web'],
  ] as const) {
    const listed = await answer(
      await api.ask(`/api/services?project=${project}&service=${service}`),
      z.array(ServiceView),
    );
    expect(listed).toMatchObject([{ ...CALLED, environments: [CALLED, CALLED] }]);
  }
  expect(await answer(await api.ask('/api/services?project=other'), z.array(ServiceView))).toEqual([]);
});

test('a waiting approval goes on waiting, and is given by the new name [B4][A7]', async () => {
  const { handle, id, commit } = waiting;
  const response = await api.post('/api/deployments/store.frontend.production.101/approve', { commit });
  expect(await answer(response, ApprovalView)).toMatchObject({ deploymentId: id, state: 'approved' });
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
});

test('what people hold is let go by the new name, and what waited lands [B4][E9]', async () => {
  expect(await answer(await api.post(`${STAGING}/unlock`, {}), EnvironmentNow)).toMatchObject({ lock: null });
  expect(await answer(await api.post(`${STAGING}/resume`, {}), EnvironmentNow)).toMatchObject({ pause: null });
  await eventually('it to land', () => world.records.deploymentStates('shop.web.staging.1').at(-1)?.state === 'live');
});
