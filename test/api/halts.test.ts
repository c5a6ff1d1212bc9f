/** People halt a running deployment over the API, with the real workflows behind it. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import { createTemporalGateway } from '../../api/temporal/gateway.ts';
import type { DeploymentRequest } from '../../contracts/deployment/deployment.ts';
import { FailureType } from '../../contracts/core/failures.ts';
import { DeploymentNow } from '../../contracts/http/halts.ts';
import { deploymentWorkflowId } from '../../contracts/core/ids.ts';
import { EnvironmentStatus } from '../../contracts/http/people.ts';
import { recordDeployment } from '../../store/queries/record-deployment.ts';
import { recordRelease } from '../../store/queries/record-release.ts';
import type { deployment } from '../../workflows/deployment/deployment.workflow.ts';
import { eventually } from '../support/eventually.ts';
import { fails, holdDeployment } from '../support/simulation/faults.ts';
import { deploymentRequest, releaseInput } from '../support/simulation/fixtures.ts';
import { askEnvironment } from '../support/simulation/scene.ts';
import { startWorld, type World } from '../workflows/world.ts';
import { NO_TEMPORAL, startApi, type Api } from './harness.ts';
import { KEY, NOON, seedDeployment, seedService } from './seed.ts';

let world: World;
let api: Api;
beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a'] });
  api = await startApi({ address: NO_TEMPORAL, temporal: createTemporalGateway(world.client) });
  await seedService(api.store);
});

const PRODUCTION = { ...KEY, environment: 'production' };
const path = (id: string, verb: string) => `/api/deployments/${id}/${verb}`;

async function answer<T>(response: Response, schema: z.ZodType<T>): Promise<T> {
  const body: unknown = await response.json();
  expect([response.status, body]).toEqual([200, expect.anything()]);
  return schema.parse(body);
}

/** A deployment that runs, known to the store as the records activities would make it. */
async function running(sequence: number) {
  const usual = deploymentRequest({ key: PRODUCTION, sequence, hosts: ['host-a'] });
  const request: DeploymentRequest = {
    ...usual,
    byName: true,
    environment: { ...usual.environment, onFailure: { waitMs: 600_000 } },
    settings: {
      ...usual.settings,
      run: { ...usual.settings.run, release: { command: ['migrate'], timeoutMs: 5_000 } },
    },
  };
  await recordRelease(api.store.db, releaseInput({ key: KEY, sequence, environments: [] }));
  await recordDeployment(api.store.db, { request, at: NOON });
  const { deploymentId: id } = request;
  return {
    id,
    request,
    result: () => world.client.workflow.getHandle<typeof deployment>(deploymentWorkflowId(id)).result(),
  };
}

const breaksItsReleaseCommand = (id: string) =>
  world.faults.add({
    activity: 'runOnce',
    only: ({ input }) => JSON.stringify(input).includes(`"${id}"`),
    act: fails(FailureType.ReleaseCommandFailed, 'exited with code 3'),
  });
const waiting = (id: string) =>
  eventually('the step to wait', async () => {
    const response = await api.ask(path(id, 'now'));
    if (response.status !== 200) return undefined;
    const now = DeploymentNow.parse(await response.json());
    return now.failed.length > 0 && now;
  });
const audited = (id: string) =>
  world.records.audit
    .filter(({ subject, action }) => subject === id && action.startsWith('deployment.'))
    .map(({ actor, action, detail }) => [actor, action, detail]);

describe('a deployment that runs', () => {
  test('is paused and resumed; it, its environment and the audit trail say who and why [F2][F6][A8]', async () => {
    const { id, request, result } = await running(301);
    const first = holdDeployment(world.faults, id);
    await askEnvironment(world.client, request);
    await first.arrived;
    const asked = await answer(await api.post(path(id, 'pause'), { reason: 'an incident' }), DeploymentNow);
    expect(asked).toMatchObject({
      id,
      pause: { by: { kind: 'token', name: 'ada' }, reason: 'an incident', until: null },
    });
    first.goOn();
    await eventually('the environment to say so', async () => {
      const { now } = await answer(await api.ask('/api/environments/shop/web/production'), EnvironmentStatus);
      return now?.halted === 'paused by ada: an incident';
    });
    const held = await answer(await api.ask(path(id, 'now')), DeploymentNow);
    expect(Date.parse(held.pause?.until ?? '') - Date.parse(held.pause?.at ?? '')).toBeGreaterThanOrEqual(3_600_000);

    expect(await answer(await api.post(path(id, 'resume'), {}), DeploymentNow)).toMatchObject({ pause: null });
    expect(await result()).toMatchObject({ outcome: 'live' });
    expect(audited(id)).toEqual([
      ['token:ada', 'deployment.pause', 'an incident'],
      ['token:ada', 'deployment.resume', ''],
    ]);
  });

  test.each([
    ['retry', 302, 'live'],
    ['skip', 303, 'live'],
    ['abort', 304, 'failed'],
  ] as const)(
    'waits with a failed step; %s decides, with the reason on record [F2][F6][A8][B19]',
    async (decision, sequence, outcome) => {
      const { id, request, result } = await running(sequence);
      const mend = breaksItsReleaseCommand(id);
      await askEnvironment(world.client, request);
      expect((await waiting(id)).failed).toMatchObject([
        {
          step: 'release',
          place: 'host-a',
          failure: { type: 'ReleaseCommandFailed' },
          choices: ['retry', 'skip', 'abort'],
        },
      ]);
      mend();
      const response = await api.post(path(id, `steps/release/${decision}`), { reason: 'seen' });
      expect(await answer(response, DeploymentNow)).toMatchObject({ failed: [] });
      expect(await result()).toMatchObject({ outcome });
      expect(audited(id)).toEqual([['token:ada', `deployment.step.${decision}`, 'release on host-a: seen']]);
    },
  );

  test('refuses what is not possible where it is: 409 with the state, 422 for what cannot be skipped [F2][F6]', async () => {
    const { id, request, result } = await running(305);
    const first = holdDeployment(world.faults, id);
    await askEnvironment(world.client, request);
    await first.arrived;
    const refused = async (verb: string, body: object) => {
      const response = await api.post(path(id, verb), body);
      const { detail, type } = (await response.json()) as { readonly detail: string; readonly type: string };
      return [response.status, type.split(':').at(-1), detail];
    };
    expect(await refused('resume', {})).toEqual([409, 'NotWaiting', expect.stringContaining('it is preparing')]);
    expect(await refused('steps/release/retry', { reason: 'x' })).toEqual([
      409,
      'NotWaiting',
      expect.stringContaining('It is preparing'),
    ]);
    world.faults.add({
      ...{ activity: 'switchTo', only: ({ input }) => JSON.stringify(input).includes(`"${id}"`) },
      act: fails(FailureType.PortTaken, 'taken'),
    });
    first.goOn();
    await waiting(id);
    expect(await refused('steps/switch/skip', { reason: 'x' })).toEqual([
      422,
      'InvalidRequest',
      expect.stringContaining('cannot be left out'),
    ]);
    expect(await refused('pause', { reason: 'x' })).toEqual([
      409,
      'NotPausable',
      expect.stringContaining('its step switch'),
    ]);
    expect((await api.post(path(id, 'cancel'), {})).status).toBe(202);
    expect(await result()).toMatchObject({ outcome: 'cancelled' });
    // The store has not heard of it: Temporal has.
    expect(await refused('pause', { reason: 'x' })).toEqual([
      409,
      'NotRunning',
      expect.stringContaining('it has ended by now'),
    ]);
  });
});

describe('what is refused before anybody is asked', () => {
  test.each(['rolled_back', 'live', 'awaiting_approval'] as const)(
    'a deployment that is %s: 409 with that state [F6]',
    async (state) => {
      const sequence = { rolled_back: 311, live: 312, awaiting_approval: 313 }[state];
      const id = await seedDeployment(api.store, { sequence, state });
      for (const [verb, body] of [
        ['pause', { reason: 'x' }],
        ['resume', {}],
        ['steps/release/skip', { reason: 'x' }],
      ] as const) {
        const response = await api.post(path(id, verb), body);
        const said = state === 'awaiting_approval' ? 'waits for approval' : `has ended (${state})`;
        expect([verb, response.status, await response.json()]).toMatchObject([
          verb,
          409,
          { detail: expect.stringContaining(said) },
        ]);
      }
    },
  );

  const ID = 'shop.web.production.301';
  test.each([
    [path(ID, 'pause'), {}, 422],
    [path(ID, 'pause'), { reason: ' ' }, 422],
    [path(ID, 'pause'), { reason: 'x'.repeat(501) }, 422],
    [path(ID, 'pause'), { reason: 'x', until: 'tomorrow' }, 422],
    [path(ID, 'resume'), { reason: 'x' }, 422],
    [path(ID, 'steps/release/retry'), {}, 422],
    [path(ID, 'steps/release/skip'), { reason: 7 }, 422],
    [path(ID, 'steps/release/abort'), { reason: 'x', by: 'lea' }, 422],
    [path(ID, 'steps/coffee/retry'), { reason: 'x' }, 404],
    [path(ID, 'steps/release/repeat'), { reason: 'x' }, 404],
    [path(ID, 'steps/%2e%2e/retry'), { reason: 'x' }, 404],
    [path('shop.web.production.999', 'pause'), { reason: 'x' }, 404],
  ])('POST %s %j is %i [F6]', async (where, body, status) => {
    const response = await api.post(where, body);
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
  });

  test('with Temporal away it is 503 with Retry-After, and nobody answers what it says itself [F5]', async () => {
    const away = await startApi({ address: NO_TEMPORAL });
    await seedService(away.store);
    const id = await seedDeployment(away.store, { sequence: 1, state: 'switching' });
    const response = await away.post(path(id, 'pause'), { reason: 'x' });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await away.ask(path(id, 'now'))).status).toBe(504);
  }, 300_000);
});
