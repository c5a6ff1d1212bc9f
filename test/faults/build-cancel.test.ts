/** A cancel of a real build: real Temporal, a worker with the real options, a real Podman. */
import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { createClaimActivities } from '../../activities/build/build.activities.ts';
import { buildId, buildWorkflowId, releaseWorkflowId } from '../../contracts/core/ids.ts';
import { BUILDS_QUEUE, CONTROL_QUEUE, buildQueue } from '../../contracts/core/queues.ts';
import { cancelRelease } from '../../workflows/messages/release.messages.ts';
import type { release } from '../../workflows/release/release.workflow.ts';
import { startBuildHost } from '../activities/build/build-host.ts';
import { writeBusyboxBuild } from '../activities/build/dockerfiles.ts';
import { withCommandLine } from '../activities/processes.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { releaseInput } from '../support/simulation/fixtures.ts';
import { createNamespace } from '../support/simulation/namespace.ts';
import { createSimulation } from '../support/simulation/simulation.ts';
import { startSimulationWorkers } from '../support/simulation/workers.ts';
import { testTemporal, workflowBundle } from '../support/temporal.ts';

/** Requirements, B10. */
const LIMIT_MS = 5_000;
const HOST = 'bcancel';

const host = await startBuildHost(HOST);
const simulation = createSimulation({});
let client: Client;

beforeAll(async () => {
  const { address, nativeConnection } = await testTemporal();
  const connection = await Connection.connect({ address });
  onCleanup(() => connection.close());
  const namespace = `build-cancel-${randomUUID()}`;
  await createNamespace(connection, namespace);
  client = new Client({ connection, namespace });
  const workers = await startSimulationWorkers({
    ...{ connection: nativeConnection, namespace, workflowBundle: await workflowBundle() },
    services: [
      ...simulation.services,
      { place: 'builds', taskQueue: BUILDS_QUEUE, activities: createClaimActivities(host) },
      { place: HOST, taskQueue: buildQueue(HOST), activities: host.activities() },
    ],
  });
  onCleanup(() => workers.stopAll());
});

/** A tree: a shell that takes no notice of SIGTERM, with two generations below it. Its command lines hold the mark. */
const treeOf = (mark: string): string =>
  `trap "" TERM; /b/busybox sh -c 'trap "" TERM; /b/busybox sh -c "while true; do : ${mark}; /b/busybox sleep 1; done"; : ${mark}' & wait # ${mark}`;

test.each(['the release', 'Temporal: release', 'Temporal: build'] as const)(
  'by %s: its whole process tree is gone within five seconds, and nothing of it is left [B9][B10]',
  async (way) => {
    const service = way.toLowerCase().replace(/\W+/g, '-');
    const mark = `tree-${randomUUID()}`;
    const sha = host.repository.commitFolder((folder) => writeBusyboxBuild(folder, `RUN ${treeOf(mark)}`));
    const { origin, commit, settings } = host.step('any', sha).build;
    const usual = releaseInput({ key: { project: HOST, service }, sequence: 1, environments: [] });
    const input = { ...usual, origin, commit, settings: { ...usual.settings, build: settings } };
    const id = buildId(input.releaseId);
    const handle = await client.workflow.start<typeof release>('release', {
      taskQueue: CONTROL_QUEUE,
      workflowId: releaseWorkflowId(input.key, input.commit, 1),
      args: [input],
    });
    await eventually('the build to be under way', () => withCommandLine(mark).length >= 3);

    const before = performance.now();
    if (way === 'the release')
      await handle.executeUpdate(cancelRelease, {
        args: [{ by: { kind: 'github', name: 'ann' }, reason: 'wrong branch' }],
      });
    else if (way === 'Temporal: release') await handle.cancel();
    else await client.workflow.getHandle(buildWorkflowId(id)).cancel();
    await eventually('its processes to be gone', () => withCommandLine(mark).length === 0);
    expect(performance.now() - before).toBeLessThan(LIMIT_MS);

    expect(await handle.result()).toMatchObject({ outcome: 'cancelled' });
    await client.workflow.getHandle(buildWorkflowId(id)).result();
    expect(await host.leftovers(id)).toEqual([]);
    expect(simulation.records.buildStates(id).at(-1)?.state).toBe('cancelled');
  },
  120_000,
);
