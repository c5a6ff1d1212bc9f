/** A store that was put back from a copy gives numbers again. The commit tells apart two things with one number. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { deploymentId, environmentWorkflowId, releaseWorkflowId } from '../../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import type { ReleaseInput } from '../../../contracts/deployment/release.ts';
import {
  environmentState,
  pauseEnvironment,
  resumeEnvironment,
} from '../../../workflows/messages/environment.messages.ts';
import type { environment } from '../../../workflows/environment/environment.workflow.ts';
import type { release } from '../../../workflows/release/release.workflow.ts';
import { eventually } from '../../support/eventually.ts';
import { holdDeployment } from '../../support/simulation/faults.ts';
import { digestOf, environmentSettings, releaseInput } from '../../support/simulation/fixtures.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

const NUMBER = 41;

let world: World;
beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a'], builders: ['builder'] });
});

function sceneOf(service: string) {
  const key = { project: 'shop', service, environment: 'production' };
  const usual = releaseInput({ key, sequence: NUMBER, environments: [environmentSettings('production', ['host-a'])] });
  const image = (of: string) => ({
    ...{ image: `registry.test/shop/${service}@${digestOf(of)}`, digest: digestOf(of), builder: 'dockerfile' },
  });
  const before: ReleaseInput = { ...usual, image: image('before') };
  const after: ReleaseInput = { ...usual, commit: 'b'.repeat(40), image: image('after') };
  const start = (input: ReleaseInput) =>
    world.client.workflow.start<typeof release>('release', {
      taskQueue: CONTROL_QUEUE,
      workflowId: releaseWorkflowId(input.key, input.commit, input.sequence),
      args: [input],
    });
  const handle: WorkflowHandle<typeof environment> = world.client.workflow.getHandle(environmentWorkflowId(key));
  return {
    ...{ key, id: deploymentId(key, NUMBER), before, after, start, handle },
    serving: () => world.hosts.get('host-a')?.serving(key),
  };
}

const refused = {
  outcome: 'failed',
  failure: {
    type: 'NumberTaken',
    message: expect.stringMatching(/given twice.*Nothing was deployed.*release the commit again/s),
  },
};

describe('a commit whose number was another one’s is refused, and not answered with what became of that', () => {
  test('when that one has ended, in whatever run of the environment [B4]', async () => {
    const { id, before, after, start, handle, serving } = sceneOf('ended');
    expect(await (await start(before)).result()).toMatchObject({ outcome: 'completed' });

    expect(await (await start(after)).result()).toMatchObject(refused);
    // Before it is ended by force, which takes along what it has still to tell.
    await eventually('GitHub to be told', () =>
      world.gitHub
        .deployments(id)
        .some(({ opened, statuses }) => opened.commit === after.commit && statuses.at(-1)?.state === 'failure'),
    );
    // It knows what is live when it has forgotten all else.
    await handle.terminate('by force');
    const again = { ...after, commit: 'c'.repeat(40) };
    expect(await (await start(again)).result()).toMatchObject(refused);

    expect(serving()).toBe(before.image?.digest);
    expect(await handle.query(environmentState)).toMatchObject({ live: { commit: before.commit }, running: null });
  });

  test('when that one runs: it goes on, and lands [B4]', async () => {
    const { before, after, start, id, serving } = sceneOf('running');
    const held = holdDeployment(world.faults, id);
    const first = await start(before);
    await held.arrived;

    expect(await (await start(after)).result()).toMatchObject(refused);

    held.goOn();
    expect(await first.result()).toMatchObject({ outcome: 'completed' });
    expect(serving()).toBe(before.image?.digest);
    expect(world.records.deploymentStates(id).at(-1)?.state).toBe('live');
  });

  test('when that one waits [B4]', async () => {
    const { key, before, after, start, handle, serving } = sceneOf('waiting');
    await world.client.workflow.start<typeof environment>('environment', {
      ...{ taskQueue: CONTROL_QUEUE, workflowId: handle.workflowId, args: [{ key }] },
    });
    const by = { kind: 'github', name: 'ann' } as const;
    await handle.executeUpdate(pauseEnvironment, { args: [{ by, reason: '' }] });
    const first = await start(before);
    await eventually('it to wait', async () => (await handle.query(environmentState)).waiting.length === 1);

    expect(await (await start(after)).result()).toMatchObject(refused);

    await handle.executeUpdate(resumeEnvironment, { args: [{ by }] });
    expect(await first.result()).toMatchObject({ outcome: 'completed' });
    expect(serving()).toBe(before.image?.digest);
  });
});

test('a commit whose number is being built for another one is refused [B4]', async () => {
  const { before, after, start } = sceneOf('built');
  const building = Promise.withResolvers<undefined>();
  const reached = Promise.withResolvers<undefined>();
  world.faults.add({
    activity: 'fetchSource',
    act: () => {
      reached.resolve(undefined);
      return building.promise;
    },
  });
  const { image: _, ...unbuilt } = before;
  const { image: __, ...other } = after;
  const first = await start(unbuilt);
  await reached.promise;

  expect(await (await start(other)).result()).toMatchObject({ outcome: 'failed', failure: { type: 'NumberTaken' } });

  building.resolve(undefined);
  expect(await first.result()).toMatchObject({ outcome: 'completed' });
});
