/** The store or GitHub is away: nothing waits for them, and they hear of it in the end. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { FailureType } from '../../../contracts/core/failures.ts';
import { buildWorkflowId, reportWorkflowId } from '../../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import type { build } from '../../../workflows/build/build.workflow.ts';
import type { report } from '../../../workflows/reporting/report.workflow.ts';
import { eventually } from '../../support/eventually.ts';
import { fails } from '../../support/simulation/faults.ts';
import type { Faults } from '../../support/simulation/faults.ts';
import { buildInput } from '../../support/simulation/fixtures.ts';
import { setScene, startDeployment } from '../../support/simulation/scene.ts';
import { bundleWithTimeouts } from '../../support/timeouts.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

let world: World;

beforeAll(async () => {
  // An end waits so long for the store and GitHub, and then leaves them to a report.
  const bundle = bundleWithTimeouts({ settle: { endMs: 1_000 } });
  world = await startWorld({ hosts: ['host-a'], builders: ['builder'] }, bundle);
});

const ACTIVITIES = {
  'the store': ['tell'],
  GitHub: ['openDeployment', 'reportDeployment', 'openBuildCheck', 'updateBuildCheck'],
} as const;

/** For whatever is about this service. @returns brings it back */
function away({ faults }: { readonly faults: Faults }, who: keyof typeof ACTIVITIES, service: string): () => void {
  const type = who === 'GitHub' ? FailureType.GitHubUnavailable : FailureType.StoreUnavailable;
  const backs = ACTIVITIES[who].map((activity) =>
    faults.add({
      activity,
      only: ({ input }) => JSON.stringify(input).includes(`shop.${service}.`),
      act: fails(type, `${who} does not answer`),
    }),
  );
  return () => backs.forEach((back) => back());
}

const reported = (id: string) => world.client.workflow.getHandle<typeof report>(reportWorkflowId(id)).result();

describe('a deployment', () => {
  test('ends while the store is away, which is told everything once it is back [A8][F1]', async () => {
    const { next } = setScene(world, 'storeless');
    const back = away(world, 'the store', 'storeless');
    expect((await (await startDeployment(world.client, next)).result()).outcome).toBe('live');
    expect(world.records.deployments.has(next.deploymentId)).toBe(false);
    back();
    await reported(next.deploymentId);
    expect(world.records.deployments.has(next.deploymentId)).toBe(true);
    expect(world.records.deploymentStates(next.deploymentId).at(-1)).toMatchObject({
      state: 'live',
      urls: ['http://host-a:20080'],
    });
    expect(world.records.steps.filter(({ deploymentId }) => deploymentId === next.deploymentId)).not.toEqual([]);
  });

  test('ends while GitHub is away, which shows its outcome once it is back [A3]', async () => {
    const { next } = setScene(world, 'hubless');
    const back = away(world, 'GitHub', 'hubless');
    expect((await (await startDeployment(world.client, next)).result()).outcome).toBe('live');
    expect(world.gitHub.deployments(next.deploymentId)).toEqual([]);
    back();
    await reported(next.deploymentId);
    expect(world.gitHub.deployments(next.deploymentId)).toHaveLength(1);
    expect(world.gitHub.states(next.deploymentId)).toEqual(['success']);
  });

  test('does not wait for a GitHub that refuses for good', async () => {
    const { next } = setScene(world, 'refused');
    world.faults.add({
      activity: 'openDeployment',
      only: ({ input }) => JSON.stringify(input).includes('shop.refused.'),
      act: fails(FailureType.GitHubForbidden, 'the App may not create deployments'),
    });
    expect((await (await startDeployment(world.client, next)).result()).outcome).toBe('live');
    await eventually(
      'the store to know',
      () => world.records.deploymentStates(next.deploymentId).at(-1)?.state === 'live',
    );
  });
});

describe('a build', () => {
  test('ends while the store and GitHub are away, and both hear of its end [B5][B10]', async () => {
    const input = buildInput({ key: { project: 'shop', service: 'unheard' }, sequence: 1 });
    const backs = [away(world, 'the store', 'unheard'), away(world, 'GitHub', 'unheard')];
    const workflowId = buildWorkflowId(input.buildId);
    const options = { taskQueue: CONTROL_QUEUE, workflowId, args: [input] as [typeof input] };
    expect((await world.client.workflow.execute<typeof build>('build', options)).outcome).toBe('completed');
    for (const back of backs) back();
    await reported(workflowId);
    expect(world.records.buildStates(input.buildId).at(-1)?.state).toBe('completed');
    expect(world.gitHub.check(input.buildId)?.updates.at(-1)?.conclusion).toBe('success');
  });
});
