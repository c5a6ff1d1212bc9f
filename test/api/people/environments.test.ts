/** People act on an environment over the API, roll back and retry, with the real workflows behind it. */
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { environmentWorkflowId } from '../../../contracts/core/ids.ts';
import { EnvironmentNow, EnvironmentStatus, RollbackTarget } from '../../../contracts/http/people.ts';
import { recordDeployment, recordDeploymentState } from '../../../store/queries/record-deployment.ts';
import { recordRelease, recordReleaseResult } from '../../../store/queries/record-release.ts';
import { failure } from '../../../contracts/core/failures.ts';
import type { ReleaseInput } from '../../../contracts/deployment/release.ts';
import { eventually } from '../../support/eventually.ts';
import { deploymentRequest, environmentSettings, releaseInput } from '../../support/simulation/fixtures.ts';
import { askEnvironment } from '../../support/simulation/scene.ts';
import { NO_TEMPORAL, startApi } from '../harness.ts';
import { KEY, NOON, seedDeployment, seedService } from '../seed.ts';
import { PRODUCTION, STAGING, answer, startPeople } from './stage.ts';

const { world, api } = await startPeople();

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

  test('shows no lock whose time is over, though nothing has happened to it since [E9][F2]', async () => {
    const lockOf = async () => (await answer(await api.ask(STAGING), EnvironmentStatus)).now?.lock;
    expect((await api.post(`${STAGING}/lock`, { reason: 'measuring', for: '2s' })).status).toBe(200);
    expect(await lockOf()).toMatchObject({ reason: 'measuring' });
    await eventually('it to be over', async () => (await lockOf()) === null);
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

/** The triggers that were sent for admission since. */
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
