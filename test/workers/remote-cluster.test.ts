/** A cluster's worker in a process of its own, with a token that opens what runs there alone. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';
import { rulesOf } from '../../activities/targets/kubernetes/access/permissions.ts';
import { clusterQueue } from '../../contracts/core/queues.ts';
import { placeNameWorkflowId } from '../../contracts/core/ids.ts';
import { startProcess } from '../../infra/dev/process.ts';
import { onCleanup } from '../support/cleanup.ts';
import { CLUSTER_LIMIT_MS, testCluster, type TestCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { testTemporal } from '../support/temporal.ts';
import { tempDir } from '../support/tmp.ts';
import { startWorld, type World } from '../workflows/world.ts';

const CLI = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

let cluster: TestCluster;
let world: World;
beforeAll(async () => {
  cluster = await testCluster();
  world = await startWorld({});
}, CLUSTER_LIMIT_MS);

test('takes the work of its cluster, whose name it holds, and needs neither Podman nor a host [D2][F5]', async () => {
  const dir = tempDir();
  const settings = cluster.settings();
  const file = join(dir, 'clusters.json');
  const kubeconfig = await cluster.identity(rulesOf(settings));
  writeFileSync(file, JSON.stringify([{ name: 'far', owner: settings.owner, kubeconfig }]));
  const { address } = await testTemporal();
  const logFile = join(dir, 'worker.log');
  const running = await startProcess({
    command: process.execPath,
    args: [CLI, 'worker', '--cluster', 'far'],
    env: {
      LANDFALL_CLUSTERS_FILE: file,
      ...{ LANDFALL_URL: 'http://127.0.0.1:9', LANDFALL_HOST_TOKEN: 'x'.repeat(32), LANDFALL_REGISTRY: '127.0.0.1:9' },
      ...{ TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: world.client.options.namespace },
    },
    logFile,
  });
  onCleanup(() => running.stop());
  await eventually('it to take work', () => readFileSync(logFile, 'utf8').includes('"cluster":"far"'), 120_000);
  const held = await world.client.workflow.getHandle(placeNameWorkflowId(clusterQueue('far'))).describe();
  expect(held.memo).toMatchObject({ engine: expect.stringMatching(/^[0-9a-f-]{36}\/owner-/) });
}, 240_000);
