/** What people decide over the API, with the real workflows behind it. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createTemporalDoor } from '../../api/temporal.ts';
import { environmentWorkflowId } from '../../contracts/ids.ts';
import { ApprovalView, EnvironmentNow, EnvironmentStatus, RollbackTarget } from '../../contracts/people.ts';
import { protectionWorkflowId } from '../../contracts/protection.ts';
import type { ProtectedJob } from '../../contracts/protection.ts';
import { CONTROL_QUEUE } from '../../contracts/queues.ts';
import type { DeploymentState } from '../../contracts/states.ts';
import { recordDeployment, recordDeploymentState } from '../../store/queries/record-deployment.ts';
import { recordRelease, recordReleaseResult } from '../../store/queries/record-release.ts';
import { FailureType, failure, type FailureRecord } from '../../contracts/failures.ts';
import type { ReleaseInput } from '../../contracts/release.ts';
import { releaseProgress } from '../../workflows/release.messages.ts';
import { eventually } from '../support/eventually.ts';
import { deploymentRequest, digestOf, environmentSettings, releaseInput } from '../support/simulation/fixtures.ts';
import { askEnvironment } from '../support/simulation/scene.ts';
import { startWorld, type World } from '../workflows/world.ts';
import { NO_TEMPORAL, TOKEN, startApi, type Api } from './harness.ts';
import { KEY, NOON, seedDeployment, seedService } from './seed.ts';
import { waitingRelease } from './waiting-release.ts';

let world: World;
let api: Api;

beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a'], builders: ['builder'] });
  api = await startApi({ address: NO_TEMPORAL, temporal: createTemporalDoor(world.client) });
  await seedService(api.store);
});

const PRODUCTION = '/api/environments/shop/web/production';
const STAGING = '/api/environments/shop/web/staging';

async function answer<T>(response: Response, schema: z.ZodType<T>): Promise<T> {
  const body: unknown = await response.json();
  expect([response.status, body]).toEqual([200, expect.anything()]);
  return schema.parse(body);
}

describe('a deployment that waits for approval', () => {
  test('goes on when it is approved with what was seen; again it is 409, because nothing waits [A7][F6]', async () => {
    const { handle, id, commit, digest } = await waitingRelease({ world, api }, 101);
    const response = await api.post(`/api/deployments/${id}/approve`, { note: 'ship it', commit, digest });
    expect(await answer(response, ApprovalView)).toMatchObject({
      deploymentId: id,
      state: 'approved',
      decisions: [{ decision: 'approve', by: { kind: 'token', name: 'ada' }, via: 'api', note: 'ship it' }],
    });
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
    const again = await api.post(`/api/deployments/${id}/approve`, {});
    expect([again.status, await again.json()]).toMatchObject([
      409,
      { type: 'urn:landfall:problem:NotWaiting', detail: expect.stringContaining('does not wait for approval') },
    ]);
  });

  test('ends when it is rejected; the command line is told from a script [A7][A8]', async () => {
    const { handle, id } = await waitingRelease({ world, api }, 102);
    const response = await api.ask(`/api/deployments/${id}/reject`, {
      method: 'POST',
      body: JSON.stringify({ note: 'not on a Friday' }),
      headers: { 'content-type': 'application/json', 'x-landfall-client': 'cli' },
    });
    expect(await answer(response, ApprovalView)).toMatchObject({ state: 'rejected', decisions: [{ via: 'cli' }] });
    expect(await handle.result()).toMatchObject({
      outcome: 'cancelled',
      failure: { type: 'ApprovalRejected', message: 'ada said no: not on a Friday.' },
    });
  });

  test('stays when another commit or image was looked at: 409 with which one waits [A7]', async () => {
    const { handle, id, commit } = await waitingRelease({ world, api }, 103);
    const other = await api.post(`/api/deployments/${id}/approve`, { commit: 'f'.repeat(40) });
    expect([other.status, await other.json()]).toMatchObject([
      409,
      { detail: expect.stringContaining(commit.slice(0, 7)) },
    ]);
    expect((await api.post(`/api/deployments/${id}/approve`, { digest: digestOf('another') })).status).toBe(409);
    expect((await handle.query(releaseProgress)).state).toBe('waiting');
    expect((await api.post(`/api/deployments/${id}/reject`, {})).status).toBe(200);
    await handle.result();
  });

  test('is not for everybody: 403 with who may [A7]', async () => {
    const { handle, id } = await waitingRelease({ world, api }, 104, { users: ['lea'], teams: [], permission: null });
    const response = await api.post(`/api/deployments/${id}/approve`, {});
    expect([response.status, await response.json()]).toMatchObject([
      403,
      { type: 'urn:landfall:problem:Forbidden', detail: 'ada may not decide about production. It takes lea.' },
    ]);
    // Cancelling it is another matter: the release is what waits.
    expect((await api.post(`/api/deployments/${id}/cancel`, {})).status).toBe(202);
    expect(await handle.result()).toMatchObject({ outcome: 'cancelled' });
  });
});

describe('a deployment that has ended', () => {
  const rejected = { type: FailureType.ApprovalRejected, message: 'lea said no: not on a Friday.' };
  const expired = { type: FailureType.ApprovalExpired, message: 'Nobody decided within 7 days.' };
  const unhealthy = { type: FailureType.Unhealthy, message: 'it answered with 500.' };
  test.each<[string, number, DeploymentState, FailureRecord | undefined, string]>([
    ['live', 301, 'live', undefined, 'it has ended (live).'],
    ['rejected', 302, 'cancelled', rejected, 'it has ended (cancelled: lea said no: not on a Friday). Deploy it again'],
    ['expired', 303, 'cancelled', expired, 'it has ended (cancelled: Nobody decided within 7 days). Deploy it again'],
    ['cancelled', 304, 'cancelled', undefined, 'it has ended (cancelled). Deploy it again'],
    ['rolled back', 305, 'rolled_back', unhealthy, 'it has ended (rolled back: it answered with 500). Deploy it again'],
    ['superseded', 306, 'superseded', undefined, 'it has ended (superseded). Deploy it again'],
  ])(
    '(%s) is not decided about any more: 409 with its state and why [A7][F6]',
    async (_what, sequence, state, why, said) => {
      const ended = { environment: 'staging', sequence, state, ...(why && { failure: why }) };
      const id = await seedDeployment(api.store, ended);
      for (const verb of ['approve', 'reject']) {
        const response = await api.post(`/api/deployments/${id}/${verb}`, {});
        const type = 'urn:landfall:problem:NotWaiting';
        expect([response.status, await response.json()]).toEqual([
          409,
          expect.objectContaining({ type, state, detail: expect.stringContaining(said) }),
        ]);
      }
    },
  );

  test('is not cancelled either: 409 with its state [B10][F6]', async () => {
    const id = await seedDeployment(api.store, { sequence: 307, environment: 'staging', state: 'superseded' });
    const response = await api.post(`/api/deployments/${id}/cancel`, {});
    expect([response.status, await response.json()]).toMatchObject([409, { state: 'superseded' }]);
  });
});

describe('a job of GitHub Actions that waits for approval', () => {
  test('is decided about by the id that its comment names; one that does not wait is 409, one that cannot be is 404 [A7][F6]', async () => {
    const job: ProtectedJob = {
      ...{ kind: 'protection', requestKey: 'github/1', repositoryId: 7, repository: 'acme/shop', installationId: 11 },
      ...{ runId: 456, environment: 'production', commit: 'a'.repeat(40), ref: 'main', event: 'push' },
      actor: { kind: 'github', name: 'octocat' },
    };
    const times = { remindAfterMs: null, escalateAfterMs: null, escalateTo: null, expireAfterMs: 3_600_000 };
    const from = { users: ['token:ada'], teams: [], permission: null };
    const approval = { from, count: 1, selfReview: false, ...times };
    world.repository.rules.set('production', { known: true, keys: [], approval });
    const workflowId = protectionWorkflowId(job);
    const options = { taskQueue: CONTROL_QUEUE, workflowId, args: [job] };
    const handle = await world.client.workflow.start('protection', options);
    await eventually('the job to wait', () => world.gitHub.answers(456).length > 0 || undefined);

    const id = 'github.actions.7.456.production';
    expect(await answer(await api.post(`/api/deployments/${id}/approve`, {}), ApprovalView)).toMatchObject({
      ...{ deploymentId: id, state: 'approved', digest: null, commit: job.commit },
    });
    expect(await handle.result()).toMatchObject({ answer: 'approved', comment: 'Approved by ada (by api).' });
    expect((await api.post(`/api/deployments/${id}/reject`, {})).status).toBe(409);
    expect((await api.post('/api/deployments/github.actions.7.0.production/reject', {})).status).toBe(404);
  });
});

describe('an environment', () => {
  test('that nothing was ever deployed to can be locked: what comes then waits, with who and why [E9][F2]', async () => {
    expect(await answer(await api.ask(STAGING), EnvironmentStatus)).toMatchObject({ answered: true, now: null });
    const locked = await answer(await api.post(`${STAGING}/lock`, { reason: 'measuring', for: '2h' }), EnvironmentNow);
    expect(locked.lock).toMatchObject({ owner: { kind: 'token', name: 'ada' }, reason: 'measuring' });
    const { at = '', expiresAt } = locked.lock ?? {};
    expect(Date.parse(expiresAt ?? '') - Date.parse(at)).toBe(7_200_000);

    const key = { ...KEY, environment: 'staging' };
    const { typedSearchAttributes } = await world.client.workflow.getHandle(environmentWorkflowId(key)).describe();
    expect(typedSearchAttributes.getAll().map(({ value }) => value)).toEqual(
      expect.arrayContaining(['shop', 'web', 'staging']),
    );
    const request = deploymentRequest({ key, sequence: 1, hosts: ['host-a'] });
    await askEnvironment(world.client, request);
    const { now } = await eventually('it to wait', async () => {
      const status = await answer(await api.ask(STAGING), EnvironmentStatus);
      return status.now?.waiting.length === 1 ? status : undefined;
    });
    expect(now?.waiting).toEqual([
      {
        deploymentId: request.deploymentId,
        position: 1,
        why: expect.stringMatching(/^locked by ada until .*measuring/),
      },
    ]);

    const unlocked = await answer(await api.post(`${STAGING}/unlock`, {}), EnvironmentNow);
    expect(unlocked.lock).toBeNull();
    await eventually('it to land', () => world.records.deploymentStates(request.deploymentId).at(-1)?.state === 'live');
  });

  test('locked without a time is locked for a day, at every door: none outlives whoever forgets it [E9][F2]', async () => {
    const body = new URLSearchParams({ reason: 'measuring' });
    for (const lock of [
      () => api.post(`${STAGING}/lock`, { reason: 'measuring' }),
      () => api.ask('/environments/shop/web/staging/lock', { method: 'POST', body }),
    ]) {
      expect((await lock()).status).toBeLessThan(400);
      const { now } = await answer(await api.ask(STAGING), EnvironmentStatus);
      const { at = '', expiresAt } = now?.lock ?? {};
      expect(Date.parse(expiresAt ?? '') - Date.parse(at)).toBe(24 * 3_600_000);
      expect((await api.post(`${STAGING}/unlock`, {})).status).toBe(200);
    }
  });

  test('locked by somebody else is theirs: 409 with who and why, until somebody uses force [E9][F2]', async () => {
    const key = { ...KEY, environment: 'production' };
    await api.deps.temporal.lock(key, { by: { kind: 'github', name: 'lea' }, reason: 'a migration', forMs: null });
    for (const [verb, body] of [
      ['lock', { reason: 'mine' }],
      ['unlock', {}],
    ] as const) {
      const response = await api.post(`${PRODUCTION}/${verb}`, body);
      expect([response.status, await response.json()]).toMatchObject([
        409,
        { type: 'urn:landfall:problem:EnvironmentLocked', detail: expect.stringContaining('by lea: a migration') },
      ]);
    }
    const forced = await answer(await api.post(`${PRODUCTION}/unlock`, { force: true }), EnvironmentNow);
    expect(forced.lock).toBeNull();
  });

  test('is paused and resumed; who did it is in the audit trail [F2][A8]', async () => {
    const paused = await answer(await api.post(`${PRODUCTION}/pause`, { reason: 'an incident' }), EnvironmentNow);
    expect(paused.pause).toMatchObject({ by: { name: 'ada' }, reason: 'an incident' });
    const resumed = await answer(await api.ask(`${PRODUCTION}/resume`, { method: 'POST' }), EnvironmentNow);
    expect(resumed.pause).toBeNull();
    await eventually('the audit trail', () =>
      world.records.audit.some(({ action, actor }) => action === 'environment.pause' && actor === 'token:ada'),
    );
  });

  test('lists what it can be rolled back to: what was live there, newest first, without what is live now [A9]', async () => {
    const hour = 3_600_000;
    await seedDeployment(api.store, { sequence: 11, at: NOON, subject: 'First' });
    await seedDeployment(api.store, { sequence: 12, at: NOON + hour });
    await seedDeployment(api.store, { sequence: 13, at: NOON + 2 * hour, state: 'rolled_back' });
    await seedDeployment(api.store, { sequence: 14, at: NOON + 3 * hour });
    const targets = await answer(await api.ask(`${PRODUCTION}/rollback-targets`), z.array(RollbackTarget));
    expect(targets.map(({ deploymentId }) => deploymentId)).toEqual([
      'shop.web.production.12',
      'shop.web.production.11',
    ]);
    expect(targets[1]).toMatchObject({ subject: 'First', actor: 'ada', digest: expect.stringMatching(/^sha256:/) });
  });

  test('says of what it can be rolled back to whether the registry still has it; the page offers what it may have [A9][F5]', async () => {
    const hour = 3_600_000;
    const gone = deploymentRequest({ key: { ...KEY, environment: 'production' }, sequence: 1, hosts: [] }).image;
    const hasImage = async (image: string) => image !== gone;
    const silent = (_image: string, signal: AbortSignal) =>
      new Promise<boolean>((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('gone'))));
    for (const [registry, available, offered] of [
      [hasImage, [true, false], [true, false]],
      [async () => false, [false, false], [false, false]],
      [() => Promise.reject(new Error('refused')), [null, null], [true, true]],
      [silent, [null, null], [true, true]],
    ] as const) {
      const here = await startApi({ address: NO_TEMPORAL, hasImage: registry });
      await seedService(here.store);
      for (const sequence of [1, 2, 3]) await seedDeployment(here.store, { sequence, at: NOON + sequence * hour });
      const targets = await answer(await here.ask(`${PRODUCTION}/rollback-targets`), z.array(RollbackTarget));
      expect(targets.map(({ deploymentId: id, available: it }) => [id, it])).toEqual([
        ['shop.web.production.2', available[0]],
        ['shop.web.production.1', available[1]],
      ]);
      const page = await (await here.ask(PRODUCTION.replace('/api', ''))).text();
      const options = [2, 1].map((sequence) => page.includes(`value="shop.web.production.${String(sequence)}"`));
      expect(options).toEqual(offered);
      expect(page.includes('The registry has none of the images any more')).toBe(!options.includes(true));
    }
  });

  test('that there is not is 404 with what there is, whatever is asked of it [F6]', async () => {
    for (const [method, verb, body] of [
      ['GET', '', undefined],
      ['GET', '/rollback-targets', undefined],
      ['POST', '/lock', { reason: 'x' }],
      ['POST', '/unlock', {}],
      ['POST', '/pause', { reason: 'x' }],
      ['POST', '/resume', {}],
      ['POST', '/rollback', {}],
      ['POST', '/promote', {}],
    ] as const) {
      const path = `/api/environments/shop/web/moon${verb}`;
      const response = await (method === 'GET' ? api.ask(path) : api.post(path, body));
      expect([verb, response.status, await response.json()]).toEqual([
        verb,
        404,
        expect.objectContaining({ detail: 'shop.web has no environment moon. It has: staging, production.' }),
      ]);
    }
    const response = await api.ask('/api/environments/shop/api/production');
    expect([response.status, await response.json()]).toMatchObject([
      404,
      { detail: 'There is no service shop.api. There are: shop.web.' },
    ]);
    // Nothing came into being by asking.
    const handle = world.client.workflow.getHandle(environmentWorkflowId({ ...KEY, environment: 'moon' }));
    await expect(handle.describe()).rejects.toThrow(/not found/i);
  });
});

/** What has been asked to be admitted since. */
function triggers(): () => readonly unknown[] {
  const before = world.faults.callsOf('admit').length;
  return () =>
    world.faults
      .callsOf('admit')
      .slice(before)
      .map(({ input }) => input);
}

describe('going back, and trying again', () => {
  test('a rollback is requested once per request id, by whom, to what [A9][C4]', async () => {
    const seen = triggers();
    const asked = { to: 'shop.web.production.11', requestId: 'rollback-1' };
    const ask = () => api.post(`${PRODUCTION}/rollback`, asked);
    for (const response of [await ask(), await ask()]) {
      expect([response.status, await response.json()]).toMatchObject([202, { requestId: 'rollback-1' }]);
    }
    const trigger = { ...KEY, environment: 'production', to: asked.to, actor: { kind: 'token', name: 'ada' } };
    expect(seen()).toEqual([{ kind: 'rollback', requestKey: 'request/rollback-1', ...trigger }]);
    expect((await api.ask(`${PRODUCTION}/rollback`, { method: 'POST' })).status).toBe(202);
    expect(seen().at(-1)).toMatchObject({ kind: 'rollback', to: null });
  });

  test('a rollback that has nothing to return to is 422 in the words of whoever looked [A9]', async () => {
    const undo = world.faults.add({
      activity: 'admit',
      act: () => {
        throw failure('InvalidRequest', 'shop.web.production has nothing to return to.');
      },
    });
    const response = await api.post(`${PRODUCTION}/rollback`, {});
    undo();
    expect([response.status, await response.json()]).toMatchObject([
      422,
      { detail: 'shop.web.production has nothing to return to.' },
    ]);
  });

  const both = [environmentSettings('staging', ['host-a']), environmentSettings('production', ['host-a'])];

  /** A release that ended like this, after landing in these environments. */
  async function ended(sequence: number, changes: Partial<ReleaseInput>, landed: readonly string[] = []) {
    const input = { ...releaseInput({ key: KEY, sequence, environments: both }), ...changes };
    await recordRelease(api.store.db, input);
    for (const environment of landed) {
      const request = deploymentRequest({ key: { ...KEY, environment }, sequence, hosts: ['host-a'] });
      await recordDeployment(api.store.db, { request, at: NOON });
      const { deploymentId } = request;
      await recordDeploymentState(api.store.db, { deploymentId, state: 'live', at: NOON });
    }
    const result = { outcome: 'failed', stages: [] } as const;
    await recordReleaseResult(api.store.db, { releaseId: input.releaseId, at: NOON, result });
    return input;
  }

  test.each<[string, number, Partial<ReleaseInput>, readonly string[], object]>([
    ['that did not build: everywhere', 201, {}, [], { kind: 'request', environment: null }],
    [
      'that got to staging: the stage that failed',
      202,
      {},
      ['staging'],
      { kind: 'request', environment: 'production' },
    ],
    [
      'to one environment of another branch: there',
      203,
      { ref: 'next', environments: both.slice(0, 1) },
      [],
      { kind: 'request', environment: 'staging' },
    ],
    [
      'that was a rollback: to the same',
      204,
      { environments: both.slice(1), rollbackTo: 'shop.web.production.11' },
      [],
      { kind: 'rollback', environment: 'production', to: 'shop.web.production.11' },
    ],
  ])('a release %s is requested again, by its commit [F6]', async (_what, sequence, changes, landed, expected) => {
    const { commit } = await ended(sequence, changes, landed);
    const seen = triggers();
    const response = await api.post(`/api/releases/shop.web.${String(sequence)}/retry`, {});
    expect(response.status).toBe(202);
    const named = 'to' in expected ? {} : { ref: commit };
    expect(seen()).toEqual([
      expect.objectContaining({ ...KEY, ...expected, ...named, actor: { kind: 'token', name: 'ada' } }),
    ]);
  });

  test('several environments of another branch cannot be named at once: 409 with what to do [F6]', async () => {
    const { commit } = await ended(205, { ref: 'next' });
    const response = await api.post('/api/releases/shop.web.205/retry', {});
    expect([response.status, await response.json()]).toMatchObject([409, { detail: expect.stringContaining(commit) }]);
  });

  test('what runs or has landed is not tried again: 409 [F6]', async () => {
    await recordRelease(api.store.db, releaseInput({ key: KEY, sequence: 206, environments: both }));
    for (const [id, why] of [
      ['shop.web.206', 'has not ended (building)'],
      ['shop.web.14', 'has landed'],
    ] as const) {
      const response = await api.post(`/api/releases/${id}/retry`, {});
      expect([response.status, await response.json()]).toMatchObject([409, { detail: expect.stringContaining(why) }]);
    }
  });
});

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
  const away = await startApi({ address: NO_TEMPORAL });
  await seedService(away.store);
  const id = await seedDeployment(away.store, { sequence: 1, state: 'awaiting_approval' });
  const asked = [
    [`/api/deployments/${id}/approve`, {}],
    [`${PRODUCTION}/lock`, { reason: 'x' }],
    [`${PRODUCTION}/rollback`, {}],
    [`${PRODUCTION}/promote`, {}],
  ] as const;
  await Promise.all(
    asked.map(async ([path, body]) => {
      const response = await away.post(path, body);
      expect([path, response.status, response.headers.get('retry-after')]).toEqual([path, 503, '5']);
    }),
  );
  expect(await answer(await away.ask(PRODUCTION), EnvironmentStatus)).toMatchObject({ answered: false, now: null });
}, 60_000);
