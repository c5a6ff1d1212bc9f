/**
 * `node test/replay/record.ts`: makes the histories of this folder anew, on the simulation. See README.md for when.
 * Existing files are kept unless `--all` is given, because old histories are what running deployments look like.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { NativeConnection } from '@temporalio/worker';
import { startTemporal } from '../../infra/dev/temporal.ts';
import { createLogger, logTemporalTo } from '../../workers/logger.ts';
import { workflowBundle } from '../../workers/workflow-bundle.ts';
import { createNamespace } from '../support/simulation/namespace.ts';
import { createSimulation } from '../support/simulation/simulation.ts';
import { startSimulationWorkers } from '../support/simulation/workers.ts';
import { BUILDER, HOSTS } from './journey.ts';
import { SCENARIOS } from './scenarios.ts';

const HISTORIES = fileURLToPath(new URL('histories', import.meta.url));
const all = process.argv.includes('--all');
const namespace = 'replay';

logTemporalTo(createLogger('error'));
const dir = mkdtempSync(join(tmpdir(), 'lr'));
const temporal = await startTemporal({ dir });
const [connection, native] = await Promise.all([
  Connection.connect({ address: temporal.address }),
  NativeConnection.connect({ address: temporal.address }),
]);
try {
  await createNamespace(connection, namespace);
  const client = new Client({ connection, namespace });
  const simulation = createSimulation({ hosts: HOSTS, builders: [BUILDER] });
  const workers = await startSimulationWorkers({
    ...{ connection: native, namespace, services: simulation.services },
    workflowBundle: await workflowBundle(join(dir, 'bundle')),
  });
  mkdirSync(HISTORIES, { recursive: true });
  for (const scenario of SCENARIOS) {
    for (const [name, workflowId] of Object.entries(await scenario({ ...simulation, client }))) {
      const file = join(HISTORIES, `${name}.json`);
      if (existsSync(file) && !all) continue;
      const history = await client.workflow.getHandle(workflowId).fetchHistory();
      // The machine's name and the paths of its files stay private and play no part.
      const events: unknown = JSON.parse(historyToJSON(history), (key, value: unknown) =>
        key === 'stackTrace' || key === 'identity' ? '' : value,
      );
      writeFileSync(file, `${JSON.stringify({ workflowId, history: events })}\n`);
      console.log(`${name}: ${String(history.events?.length ?? 0)} events`);
    }
  }
  await workers.stopAll();
} finally {
  await connection.close();
  await native.close();
  await temporal.stop();
  rmSync(dir, { recursive: true, force: true });
}
