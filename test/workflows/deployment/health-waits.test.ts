import { expect, test } from '@jest/globals';
import { activityInfo } from '@temporalio/activity';
import { setScene, startDeployment } from '../../support/simulation/scene.ts';
import { startTimeSkippingWorld } from '../world.ts';

test('health is asked after 1, 2, 4 … 60 s, at most 15 times, and then what ran before is back [E6]', async () => {
  const world = await startTimeSkippingWorld({ hosts: ['host-a'] });
  const scene = setScene(world, 'web');
  const host = world.hosts.get('host-a');
  host?.makeUnhealthy(scene.next.digest);
  const asked: number[] = [];
  world.faults.add({
    activity: 'switchTo',
    act: () => void asked.push(activityInfo().currentAttemptScheduledTimestampMs),
  });
  const result = await (await startDeployment(world.client, scene.next)).result();

  const waits = asked.slice(1).map((at, index) => Math.round((at - (asked[index] ?? 0)) / 1_000));
  // This server stamps an attempt when the one before it ends, not when the wait is over: all shows one attempt later.
  expect(waits).toEqual([0, 1, 2, 4, 8, 16, 32, ...Array<number>(7).fill(60)]);
  expect(result).toMatchObject({ outcome: 'rolled_back', healthAttempts: 15, failure: { type: 'Unhealthy' } });
  expect(host?.serving(scene.key)).toBe(scene.before.digest);
});
