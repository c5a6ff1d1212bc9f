/**
 * An environment that was ended by force has lost its history. It knows its live version and people's decisions all the
 * same.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { WithStartWorkflowOperation, WorkflowUpdateFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { DeploymentRequest, EnvironmentState } from '../../../contracts/deployment/deployment.ts';
import { FailureType, failureOf } from '../../../contracts/core/failures.ts';
import { environmentId, environmentWorkflowId } from '../../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import {
  cancelDeployment,
  environmentState,
  lockEnvironment,
  pauseEnvironment,
  resumeEnvironment,
  unlockEnvironment,
} from '../../../workflows/messages/environment.messages.ts';
import type { environment } from '../../../workflows/environment/environment.workflow.ts';
import { eventually } from '../../support/eventually.ts';
import { fails, holdDeployment } from '../../support/simulation/faults.ts';
import { deploymentRequest } from '../../support/simulation/fixtures.ts';
import { askEnvironment } from '../../support/simulation/scene.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

const ann = { kind: 'github', name: 'ann' } as const;
const bob = { kind: 'github', name: 'bob' } as const;
const HOUR_MS = 3_600_000;

let world: World;
beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a'] });
});

function environmentOf(service: string) {
  const key = { project: 'shop', service, environment: 'production' };
  const request = (sequence: number): DeploymentRequest => deploymentRequest({ key, sequence, hosts: ['host-a'] });
  const idOf = (sequence: number) => request(sequence).deploymentId;
  const lastOf = (sequence: number) => world.records.deploymentStates(idOf(sequence)).at(-1);
  const handle: WorkflowHandle<typeof environment> = world.client.workflow.getHandle(environmentWorkflowId(key));
  const ended = (sequence: number, outcome: string) =>
    eventually(`${idOf(sequence)} to be ${outcome}`, () => lastOf(sequence)?.state === outcome);
  return {
    ...{ key, idOf, lastOf, ended, handle },
    ask: (sequence: number, more: Partial<DeploymentRequest> = {}) =>
      askEnvironment(world.client, { ...request(sequence), ...more }),
    /** Asks, and waits until the environment knows that it is live, and the store: a forced end takes along what is untold. */
    async land(sequence: number, more: Partial<DeploymentRequest> = {}) {
      await askEnvironment(world.client, { ...request(sequence), ...more });
      return eventually(`${idOf(sequence)} to be live`, async () => {
        const state = await handle.query(environmentState);
        return state.live?.sequence === sequence && lastOf(sequence)?.state === 'live' && state;
      });
    },
    /** Starts like people's updates: the first message brings the environment into being. */
    say: <R>(update: UpdateDefinition<EnvironmentState, [R]>, request: R): Promise<EnvironmentState> =>
      world.client.workflow.executeUpdateWithStart(update, {
        args: [request],
        startWorkflowOperation: new WithStartWorkflowOperation<typeof environment>('environment', {
          ...{ taskQueue: CONTROL_QUEUE, workflowId: handle.workflowId, workflowIdConflictPolicy: 'USE_EXISTING' },
          args: [{ key }],
        }),
      }),
    /** Until the store knows what was done, as often as it was done. */
    told: (what: string, times = 1) =>
      eventually(`the store to be told of ${what}`, () => {
        const done = world.records.audit.filter(
          ({ action, subject }) => action === `environment.${what}` && subject === environmentId(key),
        );
        return done.length === times;
      }),
    waits: (sequence: number, why: RegExp) =>
      eventually(`${idOf(sequence)} to wait`, async () => {
        const { waiting } = await handle.query(environmentState);
        return waiting.some((one) => one.deploymentId === idOf(sequence) && why.test(one.why));
      }),
    endByForce: () => handle.terminate('somebody lost patience'),
    serving: () => world.hosts.get('host-a')?.serving(key),
    digestOf: (sequence: number) => request(sequence).digest,
  };
}

describe('an environment that was ended by force', () => {
  test('does not go backwards when it begins anew, and knows what to return to [E9][F1]', async () => {
    const { land, ask, ended, endByForce, handle, serving, digestOf } = environmentOf('forgetful');
    await land(4);
    const before = await land(5);
    await endByForce();

    await ask(3);
    await ended(3, 'superseded');

    const { live, previous, generation } = await handle.query(environmentState);
    expect({ live, previous }).toEqual({ live: before.live, previous: before.previous });
    expect(generation).toBeGreaterThanOrEqual(before.generation);
    expect(serving()).toBe(digestOf(5));
    expect((await land(6)).previous).toEqual(before.live);
  });

  test('counts what landed while there was no environment [E9][F1]', async () => {
    const { land, ask, ended, endByForce, handle, idOf, lastOf } = environmentOf('absent');
    await land(1);
    const held = holdDeployment(world.faults, idOf(5));
    await ask(5);
    await held.arrived;
    await endByForce();
    held.goOn();
    await ended(5, 'live');

    // The release that requested it got no answer, and repeats its request.
    await ask(5);
    await ask(4);
    await ended(4, 'superseded');

    const { live, previous } = await handle.query(environmentState);
    expect([live?.sequence, live?.generation, previous?.sequence]).toEqual([5, lastOf(5)?.generation, 1]);
    const begun = world.faults.callsOf('prepare').filter(({ input }) => JSON.stringify(input).includes(`"${idOf(5)}"`));
    expect(begun).toHaveLength(1);
  });

  test('keeps automatic deployments out after a rollback by hand, until somebody resumes [E6][E9]', async () => {
    const { land, ask, ended, endByForce, handle, idOf, lastOf } = environmentOf('held');
    await land(1);
    await land(2, { byName: true, byHand: true, rollbackTo: idOf(1), actor: ann });
    await endByForce();

    await ask(3);
    await ended(3, 'cancelled');
    expect(lastOf(3)?.failure?.type).toBe('HeldAfterRollback');
    expect((await handle.query(environmentState)).hold).toMatchObject({ by: ann, deploymentId: idOf(2) });

    await endByForce();
    // The first that it hears.
    const begun = await world.client.workflow.start<typeof environment>('environment', {
      ...{ taskQueue: CONTROL_QUEUE, workflowId: handle.workflowId },
      args: [{ key: { project: 'shop', service: 'held', environment: 'production' } }],
    });
    await begun.executeUpdate(resumeEnvironment, { args: [{ by: ann }] });
    await land(4);
  });

  test('takes requests and begins nothing while the store does not answer, says so, and is as it was when it does [E9][F1]', async () => {
    const { land, ask, say, told, waits, ended, endByForce, handle, idOf, lastOf, serving, digestOf } =
      environmentOf('storeless');
    await land(5);
    const { lock } = await say(lockEnvironment, { by: ann, reason: 'a migration', forMs: HOUR_MS });
    await told('lock');
    await endByForce();
    const only = ({ input }: { readonly input: unknown }) => JSON.stringify(input).includes('"storeless"');
    const act = fails(FailureType.StoreUnavailable, 'the store does not answer');
    const answer = world.faults.add({ activity: 'recallLive', only, act });

    await ask(3, { actor: ann });
    await ask(6, { actor: bob });
    await ask(7);
    await waits(3, /does not know yet what is live/);
    await eventually(
      'the question to be asked again',
      () => world.faults.callsOf('recallLive').filter(only).length >= 2,
    );
    const unknown = await handle.query(environmentState);
    expect(unknown.recalling).toMatch(/does not know yet what is live/);
    expect(unknown.waiting.map(({ deploymentId }) => deploymentId)).toEqual([3, 6, 7].map(idOf));
    expect([unknown.running, lastOf(3)]).toEqual([null, undefined]);
    await handle.signal(cancelDeployment, { deploymentId: idOf(7), by: { kind: 'github', name: 'ann' }, reason: '' });
    await ended(7, 'cancelled');

    answer();
    await ended(3, 'superseded');
    await waits(6, /^locked by ann/);
    const known = await handle.query(environmentState);
    expect(known).toMatchObject({ live: { sequence: 5 }, lock });
    expect(known).not.toHaveProperty('recalling');
    expect(serving()).toBe(digestOf(5));
  });

  test('forgets no cancel of what it has yet to hear, however many there are [E9][F1]', async () => {
    const { land, ask, ended, endByForce, handle, idOf, lastOf } = environmentOf('changeable');
    await land(1);
    await endByForce();
    const only = ({ input }: { readonly input: unknown }) => JSON.stringify(input).includes('"changeable"');
    const act = fails(FailureType.StoreUnavailable, 'the store does not answer');
    const answer = world.faults.add({ activity: 'recallLive', only, act });
    const numbers = Array.from({ length: 23 }, (_, index) => index + 2);
    for (const number of numbers) await ask(number, { byName: true });
    for (const number of numbers) {
      await handle.signal(cancelDeployment, {
        deploymentId: idOf(number),
        by: { kind: 'github', name: 'ann' },
        reason: '',
      });
      await ended(number, 'cancelled');
    }

    answer();
    await land(30);
    expect(numbers.map((number) => lastOf(number)?.state)).toEqual(numbers.map(() => 'cancelled'));
    const begun = world.faults.callsOf('prepare').filter(({ input }) => JSON.stringify(input).includes(`"${idOf(2)}"`));
    expect(begun).toEqual([]);
  });

  test('waits for as long as no worker takes its question [E9][F1]', async () => {
    const { key, handle } = environmentOf('workerless');
    await world.client.workflow.start<typeof environment>('environment', {
      ...{ taskQueue: CONTROL_QUEUE, workflowId: handle.workflowId },
      args: [{ key }],
    });
    const events = await eventually('the question', async () => {
      const { events: all } = await handle.fetchHistory();
      return all?.flatMap(({ activityTaskScheduledEventAttributes: one }) => (one ? [one] : []));
    });
    // A clock that runs while no worker is there would take its absence for the store's answer.
    const seconds = ({ seconds: of }: { readonly seconds?: unknown }) => Number(of ?? 0);
    expect(seconds(events[0]?.scheduleToStartTimeout ?? {})).toBe(0);
    expect(seconds(events[0]?.scheduleToCloseTimeout ?? {})).toBe(0);
  });
});

async function refusalOf(update: Promise<unknown>) {
  const error: unknown = await update.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return failureOf(error instanceof WorkflowUpdateFailedError ? error.cause : error);
}

describe('what people have said of an environment that was ended by force', () => {
  const lock = { by: ann, reason: 'a migration', forMs: HOUR_MS };

  test('is known again: its lock keeps others waiting, visibly, and lets its owner through [E9][F1]', async () => {
    const { land, ask, say, told, waits, ended, endByForce, handle, idOf } = environmentOf('locked');
    await land(1);
    const before = await say(lockEnvironment, lock);
    await told('lock');
    await endByForce();

    await ask(2, { actor: bob });
    await waits(2, /^locked by ann until .*: a migration$/);
    expect((await handle.query(environmentState)).lock).toEqual(before.lock);
    await eventually('the store to know that it waits', () => world.records.deployments.has(idOf(2)));
    await eventually('GitHub to show it as queued', () => world.gitHub.states(idOf(2)).includes('queued'));

    await land(3, { actor: ann });
    await say(unlockEnvironment, { by: ann, force: false });
    await ended(2, 'superseded');
  });

  test('is known again where nothing was live yet, and after a second time [E9][F1]', async () => {
    const { say, told, ask, waits, land, endByForce, handle } = environmentOf('bare');
    const before = await say(lockEnvironment, lock);
    await told('lock');
    await endByForce();
    await ask(1, { actor: bob });
    await waits(1, /locked by ann/);
    await endByForce();
    await ask(1, { actor: bob });
    await waits(1, /locked by ann/);
    expect(await handle.query(environmentState)).toMatchObject({ live: null, lock: before.lock });

    await say(unlockEnvironment, { by: bob, force: true });
    await land(1);
  });

  test('counts for whoever speaks first: a lock is neither taken nor opened by somebody else [E9][F1]', async () => {
    const { say, told, endByForce } = environmentOf('contested');
    await say(lockEnvironment, lock);
    await told('lock');

    await endByForce();
    const taken = await refusalOf(say(lockEnvironment, { by: bob, reason: 'no, mine', forMs: null }));
    expect(taken?.type).toBe(FailureType.EnvironmentLocked);
    expect(taken?.message).toMatch(/^It is locked already, by ann until .*: a migration\.$/);

    await endByForce();
    const opened = await refusalOf(say(unlockEnvironment, { by: bob, force: false }));
    expect(opened?.type).toBe(FailureType.EnvironmentLocked);

    await endByForce();
    expect((await say(unlockEnvironment, { by: ann, force: false })).lock).toBeNull();
  });

  test('turns away who may not wait, with the owner of the lock [E9][F1]', async () => {
    const { key, ask, say, told, ended, lastOf, endByForce } = environmentOf('rejecting');
    await say(lockEnvironment, lock);
    await told('lock');
    await endByForce();

    const { environment: settings } = deploymentRequest({ key, sequence: 1, hosts: ['host-a'] });
    await ask(1, { actor: bob, environment: { ...settings, queue: 'reject' } });
    await ended(1, 'failed');
    expect(lastOf(1)?.failure).toMatchObject({
      type: FailureType.EnvironmentBusy,
      message: expect.stringContaining('locked by ann') as unknown,
    });
  });

  test('ends when it was to end: a lock opens at its time, and one that is over does not come back [E9][F1]', async () => {
    const { say, told, ask, land, lastOf, idOf, endByForce, handle } = environmentOf('expiring');
    const before = await say(lockEnvironment, { ...lock, forMs: 2_500 });
    const expiresAt = before.lock?.expiresAt ?? Infinity;
    await told('lock');
    await endByForce();
    await ask(1, { actor: bob });
    await eventually('it to be live', () => lastOf(1)?.state === 'live');
    expect(world.records.deploymentStates(idOf(1)).find(({ state }) => state === 'live')?.at).toBeGreaterThanOrEqual(
      expiresAt,
    );

    await endByForce();
    await land(2, { actor: bob });
    expect((await handle.query(environmentState)).lock).toBeNull();
  });

  test('does not come back once it was taken back: lock, pause, and the hold after a rollback by hand [E6][E9][F1]', async () => {
    const { say, told, land, idOf, endByForce, handle } = environmentOf('opened');
    await land(1);
    await land(2, { byName: true, byHand: true, rollbackTo: idOf(1), actor: ann });
    await say(lockEnvironment, lock);
    await say(unlockEnvironment, { by: ann, force: false });
    await say(pauseEnvironment, { by: ann, reason: 'an incident' });
    await say(resumeEnvironment, { by: ann });
    await told('resume');
    await endByForce();

    await land(3, { actor: bob });
    expect(await handle.query(environmentState)).toMatchObject({ lock: null, pause: null, hold: null });
  });

  test('is known again: a pause lets nothing begin until somebody resumes [E9][F1]', async () => {
    const { say, told, ask, waits, ended, endByForce, handle } = environmentOf('paused');
    const before = await say(pauseEnvironment, { by: ann, reason: 'database upgrade' });
    await told('pause');
    await endByForce();

    await ask(1, { actor: ann });
    await waits(1, /^paused by ann: database upgrade$/);
    expect((await handle.query(environmentState)).pause).toEqual(before.pause);
    // A new decision replaces the recalled one.
    await say(resumeEnvironment, { by: ann });
    await ended(1, 'live');
    await told('resume');
    await endByForce();
    await ask(2, { actor: bob });
    await ended(2, 'live');
  });

  test('is asked before anything is heard: what comes meanwhile is heard in its order [E9][F1]', async () => {
    const { ask, waits, ended, handle, idOf } = environmentOf('waiting');
    const answer = Promise.withResolvers<undefined>();
    const only = ({ input }: { readonly input: unknown }) => JSON.stringify(input).includes('"waiting"');
    world.faults.add({ activity: 'recallLive', only, act: () => answer.promise });
    await ask(1);
    await eventually('the question', () => world.faults.callsOf('recallLive').some(only));
    const paused = await handle.startUpdate(pauseEnvironment, {
      args: [{ by: ann, reason: 'an incident' }],
      waitForStage: 'ACCEPTED',
    });
    await handle.signal(cancelDeployment, { deploymentId: idOf(1), by: { kind: 'github', name: 'ann' }, reason: '' });
    await ask(2);
    await ask(3);
    answer.resolve(undefined);

    expect((await paused.result()).pause).toMatchObject({ by: ann });
    await ended(1, 'cancelled');
    await waits(2, /^paused by ann/);
    await waits(3, /^paused by ann/);
    const { waiting } = await handle.query(environmentState);
    expect(waiting.map(({ deploymentId }) => deploymentId)).toEqual([idOf(2), idOf(3)]);
  });
});
