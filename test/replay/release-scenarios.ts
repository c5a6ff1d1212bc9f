/** Releases and their builds, as histories. */
import { FailureType } from '../../contracts/core/failures.ts';
import { deliveryWorkflowId, releaseWorkflowId } from '../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../contracts/core/queues.ts';
import { cancelRelease } from '../../workflows/messages/release.messages.ts';
import { eventually } from '../support/eventually.ts';
import { fails, hangs } from '../support/simulation/faults.ts';
import { releaseDraft } from '../support/simulation/fixtures.ts';
import { journey, start } from './journey.ts';
import type { Scenario } from './journey.ts';

export const RELEASE_SCENARIOS: readonly Scenario[] = [
  async function lands(world) {
    const { input, build, environment, deployment } = journey('lands');
    const draft = releaseDraft({ key: input.key, content: 'lands', environments: input.environments });
    world.repository.push('main', draft);
    const requestKey = '00000000-0000-4000-8000-000000000001';
    await world.client.workflow.execute('delivery', {
      taskQueue: CONTROL_QUEUE,
      workflowId: deliveryWorkflowId(requestKey),
      args: [
        {
          ...{
            kind: 'push',
            requestKey,
            repositoryId: '7',
            repository: 'acme/shop',
            installationId: '11',
            branch: 'main',
          },
          actor: { kind: 'github', name: 'octocat' },
        },
      ],
    });
    const started = await eventually('the release', () => world.records.releases.get(input.releaseId));
    const workflowId = releaseWorkflowId(started.key, started.commit, started.sequence);
    await world.client.workflow.getHandle(workflowId).result();
    await world.client.workflow.getHandle(build).result();
    return {
      'delivery-released': deliveryWorkflowId(requestKey),
      'release-completed': workflowId,
      'build-completed': build,
      'environment-one-deployment': environment,
      'deployment-live': deployment,
    };
  },

  async function doesNotBuild(world) {
    const way = journey('does-not-build');
    world.faults.add({
      activity: 'buildImage',
      only: way.only,
      act: fails(FailureType.BuildFailed, 'main.c:1: error'),
    });
    await (await start(world, way)).result();
    return { 'release-failed': way.release, 'build-failed': way.build };
  },

  async function cancelledWhileBuilding(world) {
    const way = journey('cancelled-build');
    world.faults.add({ activity: 'buildImage', only: way.only, act: hangs });
    const handle = await start(world, way);
    await eventually('the build', () => world.faults.callsOf('buildImage').some(way.only) || undefined);
    await handle.executeUpdate(cancelRelease, {
      args: [{ by: { kind: 'github', name: 'octocat' }, reason: 'wrong branch' }],
    });
    await handle.result();
    await world.client.workflow.getHandle(way.build).result();
    return { 'release-cancelled': way.release, 'build-cancelled': way.build };
  },

  async function losesItsBuildHost(world) {
    const way = journey('lost-build-host');
    const act = fails(FailureType.HostAway, 'Host builder did not take its work.');
    const mend = world.faults.add({
      activity: 'fetchSource',
      only: way.only,
      act: () => {
        mend();
        act();
      },
    });
    await (await start(world, way)).result();
    await world.client.workflow.getHandle(way.build).result();
    return { 'build-claimed-again': way.build };
  },
];
