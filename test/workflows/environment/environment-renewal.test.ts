import { describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { Actor } from '../../../contracts/core/actor.ts';
import type { DeploymentRequest } from '../../../contracts/deployment/deployment.ts';
import { environmentId } from '../../../contracts/core/ids.ts';
import {
  cancelDeployment,
  environmentState,
  lockEnvironment,
  pauseEnvironment,
  requestDeployment,
} from '../../../workflows/messages/environment.messages.ts';
import type { environment } from '../../../workflows/environment/environment.workflow.ts';
import { eventually } from '../../support/eventually.ts';
import { holdDeployment } from '../../support/simulation/faults.ts';
import { deploymentRequest } from '../../support/simulation/fixtures.ts';
import { askEnvironment } from '../../support/simulation/scene.ts';
import { startWorld } from '../world.ts';
import { LONG_HISTORY, renewingBundle } from './environment-as-specified.ts';

/** Below Temporal's limit for one message, and five of them are beyond what a history should hold. */
const HALF_A_MEGABYTE = 500_000;
/** Far longer than a renewal takes; its end is waited for. */
const LOCK_MS = 6_000;

/** Sends what changes nothing. A new run begins once the history is long enough for it, and nothing runs any more. */
async function grow(handle: WorkflowHandle<typeof environment>, signals: number, bytes: number): Promise<void> {
  const reason = 'x'.repeat(bytes);
  for (let n = 0; n < signals; n += 1)
    await handle.signal(cancelDeployment, { deploymentId: 'none', by: { kind: 'github', name: 'test' }, reason });
}

test('an environment that has grown long continues as new, and carries everything with it [F1]', async () => {
  const world = await startWorld({ hosts: ['host-a'] });
  const key = { project: 'shop', service: 'web', environment: 'production' };
  const request = (sequence: number) => deploymentRequest({ key, sequence, hosts: ['host-a'] });
  const started = () => world.faults.callsOf('prepare').length;

  const held = Promise.withResolvers<undefined>();
  world.faults.add({ activity: 'prepare', only: ({ number }) => number === 3, act: () => held.promise });
  await askEnvironment(world.client, request(1));
  const handle = await askEnvironment(world.client, request(2));
  await eventually('two deployments to be live', async () => {
    const { live, running } = await handle.query(environmentState);
    return live?.sequence === 2 && running === null;
  });
  const before = await handle.query(environmentState);

  // The third one runs, two more wait; then the history grows until Temporal suggests a new one.
  await handle.signal(requestDeployment, request(3));
  await eventually('the third one to run', () => started() === 3);
  await handle.signal(requestDeployment, request(4));
  await handle.signal(requestDeployment, request(5));
  const { runId } = await handle.describe();
  await grow(handle, 10, HALF_A_MEGABYTE);
  held.resolve(undefined);

  await eventually('a new run', async () => (await handle.describe()).runId !== runId);
  await eventually('all to be live', async () => {
    const { live, running } = await handle.query(environmentState);
    return live?.sequence === 5 && running === null;
  });
  const after = await handle.query(environmentState);
  expect(after).toMatchObject({ generation: before.generation + 3, previous: { sequence: 4 }, waiting: [] });
  // Ended requests are remembered: repeating them does nothing.
  for (const sequence of [1, 2, 3]) await handle.signal(requestDeployment, request(sequence));
  expect((await handle.query(environmentState)).running).toBeNull();
  expect(started()).toBe(5);
  expect(world.records.live(environmentId(key))).toMatchObject({ live: { sequence: 5 }, previous: { sequence: 4 } });
  expect([4, 5].map((n) => world.gitHub.deployments(request(n).deploymentId).length)).toEqual([1, 1]);
});

describe('what people have said of an environment', () => {
  const ann: Actor = { kind: 'github', name: 'ann' };
  const byHand = { byName: true, byHand: true, actor: ann };

  /** Rolled back by hand; then grown and locked, while a deployment runs that lands nowhere. Ends it in `renew`. */
  async function lockedAndHeld() {
    const world = await startWorld({ hosts: ['host-a'] }, renewingBundle());
    const key = { project: 'shop', service: 'said', environment: 'production' };
    const request = (sequence: number, changes: Partial<DeploymentRequest> = {}): DeploymentRequest => ({
      ...deploymentRequest({ key, sequence, hosts: ['host-a'] }),
      ...changes,
    });
    const { deploymentId } = request(3);
    const stays = holdDeployment(world.faults, deploymentId);
    await askEnvironment(world.client, request(1));
    const handle = await askEnvironment(world.client, request(2, { ...byHand, rollbackTo: 'shop.said.production.0' }));
    await eventually('the hold', async () => (await handle.query(environmentState)).hold !== null);
    await handle.signal(requestDeployment, request(3, byHand));
    await stays.arrived;
    await grow(handle, LONG_HISTORY, 1);
    await handle.executeUpdate(lockEnvironment, { args: [{ by: ann, reason: 'a migration', forMs: LOCK_MS }] });
    const { runId } = await handle.describe();

    const renew = async () => {
      await handle.signal(cancelDeployment, { deploymentId, by: { kind: 'github', name: 'ann' }, reason: '' });
      stays.goOn();
      await eventually('a new run', async () => (await handle.describe()).runId !== runId);
    };
    return { world, handle, request, renew };
  }

  test('is carried into a new run as it was: lock, pause and hold [E9][F1]', async () => {
    const { handle, renew } = await lockedAndHeld();
    const before = await handle.executeUpdate(pauseEnvironment, { args: [{ by: ann, reason: 'an incident' }] });
    expect(before).toMatchObject({
      lock: { owner: ann, reason: 'a migration' },
      pause: { by: ann, reason: 'an incident' },
      hold: { by: ann, deploymentId: 'shop.said.production.2' },
    });

    await renew();

    const { lock, pause, hold } = await handle.query(environmentState);
    expect({ lock, pause, hold }).toEqual({ lock: before.lock, pause: before.pause, hold: before.hold });
  });

  test('counts in a new run: the lock opens at its time, and what is automatic is refused because of the hold [E9][F1]', async () => {
    const { world, handle, request, renew } = await lockedAndHeld();
    const { lock } = await handle.query(environmentState);
    const { deploymentId } = request(4);

    await renew();
    await handle.signal(requestDeployment, request(4));

    await eventually('it to wait for the lock', async () => {
      const [first] = (await handle.query(environmentState)).waiting;
      return first?.deploymentId === deploymentId && first.why.startsWith('locked by ann until');
    });
    const end = await eventually('its end', () =>
      world.records.deploymentStates(deploymentId).find(({ state }) => state === 'cancelled'),
    );
    expect(end.failure).toMatchObject({
      type: 'HeldAfterRollback',
      message: expect.stringContaining('ann rolled back by hand') as unknown,
    });
    expect(end.at).toBeGreaterThanOrEqual(lock?.expiresAt ?? Infinity);
    expect((await handle.query(environmentState)).lock).toBeNull();
  });
});
