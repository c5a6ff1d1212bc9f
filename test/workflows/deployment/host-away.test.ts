import { describe, expect, test } from '@jest/globals';
import { buildWorkflowId } from '../../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import { buildProgress } from '../../../workflows/messages/build.messages.ts';
import type { build } from '../../../workflows/build/build.workflow.ts';
import { deploymentProgress } from '../../../workflows/messages/deployment.messages.ts';
import { eventually } from '../../support/eventually.ts';
import { buildInput } from '../../support/simulation/fixtures.ts';
import { setScene, startDeployment } from '../../support/simulation/scene.ts';
import type { Scene } from '../../support/simulation/scene.ts';
import { bundleWithTimeouts } from '../../support/timeouts.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

/** So little time is enough to see what comes after a host was away. */
const bundle = bundleWithTimeouts({
  onHost: { pickUpMs: 2_000 },
  takeBack: { wholeMs: 6_000 },
  build: { claimAgainMs: 3_000 },
  deployment: { nextPlaceMs: 1_000 },
});

/** Two hosts, of which the second goes away for a reason of its own. */
async function twoHosts() {
  const world = await startWorld({ hosts: ['host-a', 'host-b'] }, bundle);
  // The longer a service may take to stop, the longer it is tried to take it back.
  return { world, scene: setScene(world, 'web', { stopTimeoutMs: 0 }) };
}

const startBuild = ({ client }: World) => {
  const input = buildInput({ key: { project: 'shop', service: 'web' }, sequence: 1 });
  return client.workflow.start<typeof build>('build', {
    taskQueue: CONTROL_QUEUE,
    workflowId: buildWorkflowId(input.buildId),
    args: [input],
  });
};

/** The second host goes away once the first one is switched. */
function loseSecondHost({ faults, workers }: World): void {
  faults.add({ place: 'host-a', activity: 'switchTo', at: 'after', act: () => workers.stop('host-b') });
}

const serving = ({ hosts }: World, { key }: Scene) => [...hosts.values()].map((host) => host.serving(key));

// Each waits for most of its time, in a world of its own.
describe('when a host is away', () => {
  test.concurrent('a deployment that is being prepared fails within its bound, names the host and touches nothing [B13]', async () => {
    const { world, scene } = await twoHosts();
    await world.workers.stop('host-b');
    const result = await (await startDeployment(world.client, scene.next)).result();
    expect(result).toMatchObject({
      outcome: 'failed',
      failure: {
        type: 'HostAway',
        message: expect.stringContaining('No worker takes the work of host-b (task queue host/host-b)') as unknown,
      },
    });
    expect(serving(world, scene)).toEqual([scene.before.digest, scene.before.digest]);
  });

  test.concurrent('from the switch on, the others are taken back at once, and it is when it comes back [B13][F1]', async () => {
    const { world, scene } = await twoHosts();
    loseSecondHost(world);
    const handle = await startDeployment(world.client, scene.next);
    const [first] = world.hosts.values();
    await eventually('the first host to be taken back', async () => {
      const { state } = await handle.query(deploymentProgress);
      return state === 'rolling_back' && first?.serving(scene.key) === scene.before.digest;
    });
    await world.workers.start('host-b');
    expect(await handle.result()).toMatchObject({
      outcome: 'rolled_back',
      failure: { type: 'HostAway' },
      leftovers: [],
    });
    expect(serving(world, scene)).toEqual([scene.before.digest, scene.before.digest]);
  });

  test.concurrent('and stays away, a deployment ends within its bound and names what could not be looked at [B13]', async () => {
    const { world, scene } = await twoHosts();
    loseSecondHost(world);
    const result = await (await startDeployment(world.client, scene.next)).result();
    expect(result).toMatchObject({
      outcome: 'rollback_failed',
      leftovers: [expect.stringMatching(/^host-b: No worker takes the work of host-b/)],
    });
    expect(world.hosts.get('host-a')?.serving(scene.key)).toBe(scene.before.digest);
  });

  test.concurrent('another one takes the build that it had claimed [B5][F1]', async () => {
    const world = await startWorld({ builders: ['builder-a', 'builder-b'] }, bundle);
    await world.workers.stop('builder-a');
    const handle = await startBuild(world);
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
    expect(await handle.query(buildProgress)).toMatchObject({ host: 'builder-b' });
    expect(world.builders.get('builder-a')?.effects).toEqual([]);
    expect(world.builders.get('builder-b')?.effects).toContain('push shop.web.1');
    expect(world.records.buildStates('shop.web.1').at(-1)).toMatchObject({ state: 'completed', host: 'builder-b' });
  });

  test.concurrent('and nobody else builds, a build fails within its bound and names it [B5]', async () => {
    const world = await startWorld({ builders: ['builder'] }, bundle);
    await world.workers.stop('builder');
    expect(await (await startBuild(world)).result()).toMatchObject({
      outcome: 'failed',
      failure: { type: 'HostAway', message: expect.stringContaining('Host builder did not take its work') as unknown },
    });
  });
});
