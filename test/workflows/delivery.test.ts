import { beforeAll, describe, expect, test } from '@jest/globals';
import { CONTROL_QUEUE } from '../../contracts/queues.ts';
import { deploymentId, deploymentWorkflowId, environmentWorkflowId, releaseWorkflowId } from '../../contracts/ids.ts';
import { delivery } from '../../workflows/delivery.workflow.ts';
import { environmentSettings, releaseInput, digestOf } from '../support/simulation/fixtures.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

const key = { project: 'shop', service: 'web' };
let world: World;

beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a', 'host-b'], builders: ['builder'] });
});

describe('delivery', () => {
  test('a push lands: built once, pushed, and serving on every host', async () => {
    const { repository, client, hosts } = world;
    repository.push('main', (sequence) =>
      releaseInput({ key, sequence, environments: [environmentSettings('production', ['host-a', 'host-b'])] }),
    );
    const result = await client.workflow.execute('delivery', {
      taskQueue: CONTROL_QUEUE,
      workflowId: 'github/1',
      args: [
        {
          kind: 'push',
          requestKey: '1',
          repositoryId: 7,
          repository: 'acme/shop',
          installationId: 11,
          branch: 'main',
          actor: { kind: 'github', name: 'octocat' },
        },
      ],
    });
    expect(result).toEqual({ released: ['shop.web.1'], skipped: [] });
    const input = releaseInput({ key, sequence: 1, environments: [] });
    const outcome = await client.workflow.getHandle(releaseWorkflowId(key, input.commit, 1)).result();
    console.log(
      JSON.stringify(outcome),
      [...hosts.values()].map((h) => h.effects),
    );
    const id = deploymentId({ ...key, environment: 'production' }, 1);
    const d = client.workflow.getHandle(deploymentWorkflowId(id));
    console.log(
      await d.result(),
      (await d.fetchHistory()).events?.length,
      world.gitHub.states(id),
      world.records.deploymentStates(id).map((s) => s.state),
    );
    console.log(
      await client.workflow.getHandle(environmentWorkflowId({ ...key, environment: 'production' })).query('state'),
    );
  });
});
