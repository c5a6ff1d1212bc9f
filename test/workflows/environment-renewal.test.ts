import { expect, test } from '@jest/globals';
import { environmentId } from '../../contracts/ids.ts';
import { cancelDeployment, environmentState, requestDeployment } from '../../workflows/environment.messages.ts';
import { eventually } from '../support/eventually.ts';
import { deploymentRequest } from '../support/simulation/fixtures.ts';
import { askEnvironment } from '../support/simulation/scene.ts';
import { startWorld } from './world.ts';

/** Below Temporal's limit for one message, and five of them are beyond what a history should hold. */
const HALF_A_MEGABYTE = 500_000;

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
  const reason = 'x'.repeat(HALF_A_MEGABYTE);
  for (let n = 0; n < 10; n += 1) await handle.signal(cancelDeployment, { deploymentId: 'none', by: 'test', reason });
  held.resolve(undefined);

  await eventually('a new run', async () => (await handle.describe()).runId !== runId);
  await eventually('all to be live', async () => {
    const { live, running } = await handle.query(environmentState);
    return live?.sequence === 5 && running === null;
  });
  const after = await handle.query(environmentState);
  expect(after).toMatchObject({ generation: before.generation + 3, previous: { sequence: 4 }, waiting: [] });
  // What ended before is remembered: asking for it again does nothing.
  for (const sequence of [1, 2, 3]) await handle.signal(requestDeployment, request(sequence));
  expect((await handle.query(environmentState)).running).toBeNull();
  expect(started()).toBe(5);
  expect(world.records.live(environmentId(key))).toMatchObject({ live: { sequence: 5 }, previous: { sequence: 4 } });
  expect([4, 5].map((n) => world.gitHub.deployments(request(n).deploymentId).length)).toEqual([1, 1]);
});
