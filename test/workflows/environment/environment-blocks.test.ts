/** The blocks of an environment's queue, and the requests that wait behind them. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { DeploymentRequest } from '../../../contracts/deployment/deployment.ts';
import { failureOf } from '../../../contracts/core/failures.ts';
import type { Actor } from '../../../contracts/core/actor.ts';
import type { EnvironmentSettings } from '../../../contracts/config/service.ts';
import {
  environmentState,
  lockEnvironment,
  pauseEnvironment,
  resumeEnvironment,
  unlockEnvironment,
} from '../../../workflows/messages/environment.messages.ts';
import type { environment } from '../../../workflows/environment/environment.workflow.ts';
import { eventually } from '../../support/eventually.ts';
import { holdDeployment } from '../../support/simulation/faults.ts';
import { deploymentRequest } from '../../support/simulation/fixtures.ts';
import { askEnvironment } from '../../support/simulation/scene.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a'] });
});

const ann: Actor = { kind: 'github', name: 'ann' };
const bob: Actor = { kind: 'github', name: 'bob' };
/** Ann as well. */
const token: Actor = { kind: 'token', name: 'ann' };
const letters: Actor = { kind: 'github', name: 'Ann' };

type Changes = Partial<DeploymentRequest> & { readonly settings?: Partial<EnvironmentSettings> };

function environmentOf(service: string, common: Partial<EnvironmentSettings> = {}) {
  const key = { project: 'shop', service, environment: 'production' };
  const request = (
    sequence: number,
    { settings, ...changes }: Omit<Changes, 'settings'> & { settings?: Partial<EnvironmentSettings> } = {},
  ): DeploymentRequest => {
    const usual = deploymentRequest({ key, sequence, hosts: ['host-a'] });
    return { ...usual, ...changes, environment: { ...usual.environment, ...common, ...settings } };
  };
  return {
    ask: (sequence: number, changes: Parameters<typeof request>[1] = {}) =>
      askEnvironment(world.client, request(sequence, changes)),
    idOf: (sequence: number) => request(sequence).deploymentId,
  };
}

const stateOf = (handle: WorkflowHandle<typeof environment>) => handle.query(environmentState);
const lastOf = (deploymentId: string) => world.records.deploymentStates(deploymentId).at(-1);
const ended = (deploymentId: string, outcome: string) =>
  eventually(`${deploymentId} to be ${outcome}`, () => lastOf(deploymentId)?.state === outcome);
const waitsFor = (handle: WorkflowHandle<typeof environment>, deploymentId: string, why: RegExp) =>
  eventually(`${deploymentId} to wait`, async () =>
    (await stateOf(handle)).waiting.some((one) => one.deploymentId === deploymentId && why.test(one.why)),
  );

async function refusal(update: Promise<unknown>) {
  const error: unknown = await update.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return failureOf(error instanceof WorkflowUpdateFailedError ? error.cause : error);
}

const hold = (deploymentId: string) => holdDeployment(world.faults, deploymentId);

describe('a lock', () => {
  test('keeps others waiting with its owner and reason, lets its owner through, and opens [E9][F2]', async () => {
    const { ask, idOf } = environmentOf('locked');
    const handle = await ask(1);
    await ended(idOf(1), 'live');
    const locked = await handle.executeUpdate(lockEnvironment, {
      args: [{ by: ann, reason: 'looking into it', forMs: null }],
    });
    expect(locked.lock).toMatchObject({ owner: ann, reason: 'looking into it', expiresAt: null });

    await ask(2, { actor: bob });
    await waitsFor(handle, idOf(2), /locked by ann: looking into it/);
    await eventually('GitHub to show it as queued', () => world.gitHub.states(idOf(2)).includes('queued'));
    await ask(3, { actor: ann });
    await ended(idOf(3), 'live');

    await handle.executeUpdate(unlockEnvironment, { args: [{ by: ann, force: false }] });
    // Overtaken by its owner's newer one meanwhile.
    await ended(idOf(2), 'superseded');
  });

  test('lets through only what its owner alone has caused [E9]', async () => {
    const { ask, idOf } = environmentOf('shared');
    const handle = await ask(1);
    await ended(idOf(1), 'live');
    await handle.executeUpdate(lockEnvironment, { args: [{ by: ann, reason: 'mine', forMs: null }] });
    await ask(2, { actor: ann, alsoBy: [bob] });
    await waitsFor(handle, idOf(2), /locked by ann: mine/);
    await ask(3, { actor: ann, alsoBy: [token], authors: [bob] });
    await ended(idOf(3), 'live');
  });

  test('of somebody else is neither taken nor opened without force, and the answer names the owner [E9]', async () => {
    const { ask, idOf } = environmentOf('contested');
    const handle = await ask(1);
    await ended(idOf(1), 'live');
    await handle.executeUpdate(lockEnvironment, { args: [{ by: ann, reason: 'mine', forMs: null }] });

    const taken = await refusal(
      handle.executeUpdate(lockEnvironment, { args: [{ by: bob, reason: 'no, mine', forMs: null }] }),
    );
    const opened = await refusal(handle.executeUpdate(unlockEnvironment, { args: [{ by: bob, force: false }] }));

    expect(taken).toEqual({ type: 'EnvironmentLocked', message: 'It is locked already, by ann: mine.' });
    expect(opened?.type).toBe('EnvironmentLocked');
    expect((await stateOf(handle)).lock?.owner).toEqual(ann);
    expect((await handle.executeUpdate(unlockEnvironment, { args: [{ by: bob, force: true }] })).lock).toBeNull();
  });

  test("is its owner's at every door: a GitHub login in any letters, and an access token of that name [E9]", async () => {
    const { ask, idOf } = environmentOf('doors');
    const handle = await ask(1);
    await ended(idOf(1), 'live');
    const lock = (by: Actor) =>
      handle.executeUpdate(lockEnvironment, { args: [{ by, reason: `as ${by.kind}`, forMs: null }] });
    await lock(ann);
    for (const [index, by] of [token, letters].entries()) {
      expect((await lock(by)).lock).toMatchObject({ owner: by, reason: `as ${by.kind}` });
      await ask(index + 2, { actor: ann });
      await ended(idOf(index + 2), 'live');
    }
    await lock(ann);
    await ask(4, { actor: token });
    await ended(idOf(4), 'live');
    expect((await refusal(lock({ kind: 'ci', name: 'ann' })))?.type).toBe('EnvironmentLocked');
    const opened = await handle.executeUpdate(unlockEnvironment, { args: [{ by: token, force: false }] });
    expect(opened.lock).toBeNull();
  });

  test('opens by itself when its time is over, and what waited runs [E9]', async () => {
    const { ask, idOf } = environmentOf('expiring');
    const handle = await ask(1);
    await ended(idOf(1), 'live');
    await handle.executeUpdate(lockEnvironment, { args: [{ by: ann, reason: '', forMs: 1_500 }] });

    await ask(2, { actor: bob });
    await waitsFor(handle, idOf(2), /locked by ann until/);
    await ended(idOf(2), 'live');

    expect((await stateOf(handle)).lock).toBeNull();
  });
});

test('a pause lets what runs go on and nothing else begin, until somebody resumes [E9][F2]', async () => {
  const { ask, idOf } = environmentOf('paused');
  const first = hold(idOf(1));
  const handle = await ask(1);
  await first.arrived;
  await handle.executeUpdate(pauseEnvironment, { args: [{ by: ann, reason: 'database upgrade' }] });
  await ask(2);
  first.goOn();
  await ended(idOf(1), 'live');
  await waitsFor(handle, idOf(2), /paused by ann: database upgrade/);

  await handle.executeUpdate(resumeEnvironment, { args: [{ by: ann }] });

  await ended(idOf(2), 'live');
});

test('a freeze keeps a deployment waiting until it is over; one that may run overtakes it, a rollback does not wait [E9]', async () => {
  const { ask, idOf } = environmentOf('frozen');
  const until = Date.now() + 3_000;
  const freeze = [{ kind: 'once', from: 0, to: until, reason: 'release party' }] as const;
  const handle = await ask(1, { settings: { freeze } });
  await waitsFor(handle, idOf(1), /frozen until .*: release party/);

  await ask(2, { settings: { freeze }, byName: true, rollbackTo: 'shop.frozen.production.0' });
  await ended(idOf(2), 'live');
  expect(Date.now()).toBeLessThan(until);
  await ended(idOf(1), 'superseded');
});

describe('the queue mode', () => {
  test('supersede lets the newest take the place of those that wait, and tells each of them [E9]', async () => {
    const { ask, idOf } = environmentOf('supersede', { queue: 'supersede' });
    const first = hold(idOf(1));
    await ask(1);
    await first.arrived;
    await ask(2);
    await ask(3, { byName: true });
    await ask(4);
    await ended(idOf(2), 'superseded');
    expect(lastOf(idOf(2))?.failure?.message).toMatch(/is newer and waits in its place/);
    first.goOn();

    await ended(idOf(4), 'live');
    // A person requested it by name: it is not skipped.
    expect(lastOf(idOf(3))?.state).toBe('live');
    expect(lastOf(idOf(1))?.state).toBe('live');
    expect(world.faults.callsOf('prepare').filter(({ input }) => JSON.stringify(input).includes(idOf(2)))).toEqual([]);
  });

  test('supersede takes a request that is told again for the one that waits already [E9][F1]', async () => {
    const { ask, idOf } = environmentOf('supersede-again', { queue: 'supersede' });
    const first = hold(idOf(1));
    const handle = await ask(1);
    await first.arrived;
    await ask(3);
    await ask(2);
    await ask(3);
    await waitsFor(handle, idOf(2), /./);
    expect((await stateOf(handle)).waiting.map(({ deploymentId }) => deploymentId)).toEqual([idOf(3), idOf(2)]);
    first.goOn();
    await ended(idOf(3), 'live');
    await ended(idOf(2), 'superseded');
  });

  test('reject turns away what finds the environment busy, at once and with the reason [E9]', async () => {
    const { ask, idOf } = environmentOf('reject', { queue: 'reject' });
    const first = hold(idOf(1));
    const handle = await ask(1);
    await first.arrived;
    await ask(2);
    await ended(idOf(2), 'failed');
    expect(lastOf(idOf(2))?.failure).toEqual({
      type: 'EnvironmentBusy',
      message: expect.stringContaining(`behind ${idOf(1)}`) as unknown,
    });
    first.goOn();
    await eventually('the environment to be free', async () => (await stateOf(handle)).running === null);

    await ask(3);
    await ended(idOf(3), 'live');
  });
});

test('after a rollback by hand automatic deployments stay out until somebody deploys by hand [E9]', async () => {
  const { ask, idOf } = environmentOf('held');
  await ask(1);
  await ended(idOf(1), 'live');
  const handle = await ask(2, { byName: true, byHand: true, rollbackTo: idOf(1), actor: ann });
  await eventually('the hold', async () => (await stateOf(handle)).hold !== null);
  expect((await stateOf(handle)).hold).toMatchObject({ by: ann, deploymentId: idOf(2) });

  await ask(3);
  await ended(idOf(3), 'cancelled');
  expect(lastOf(idOf(3))?.failure).toEqual({
    type: 'HeldAfterRollback',
    message: expect.stringContaining('ann rolled back by hand') as unknown,
  });

  await ask(4, { byName: true, byHand: true });
  await eventually('the end of the hold', async () => (await stateOf(handle)).hold === null);
  await ask(5);
  await ended(idOf(5), 'live');
});
