/** `node memory-process.ts DATA TEMPORAL COUNT IN_FLIGHT`, forked by memory.ts with DATABASE_URL: tells its memory in MB and ends. */
import { createSecretKey } from 'node:crypto';
import { BlockList } from 'node:net';
import { join } from 'node:path';
import { createRecordActivities } from '../../activities/records/records.activities.ts';
import { createTellActivities } from '../../activities/records/tell.ts';
import { createApp } from '../../api/app.ts';
import { startServer } from '../../api/server.ts';
import { createTemporalGateway } from '../../api/temporal/gateway.ts';
import { CONTROL_QUEUE } from '../../contracts/core/queues.ts';
import { Secret } from '../../contracts/core/secret.ts';
import { openStore } from '../../store/open.ts';
import type { release } from '../../workflows/release/release.workflow.ts';
import { createLogger, logTemporalTo } from '../../workers/logger.ts';
import { connectTemporal } from '../../workers/temporal.ts';
import { workflowBundle } from '../../workers/workflow-bundle.ts';
import { digestOf, environmentSettings, releaseInput } from '../support/simulation/fixtures.ts';
import { createSimulation } from '../support/simulation/simulation.ts';
import { startSimulationWorkers } from '../support/simulation/workers.ts';

const [dataDir = '', address = '', count = '0', inFlight = '1'] = process.argv.slice(2);
const HOST = 'h1';
const SAMPLE_EVERY_MS = 200;

const logger = createLogger('error');
logTemporalTo(logger);
const namespace = 'default';
const store = await openStore({ databaseUrl: process.env['DATABASE_URL'] ?? '' });
const temporal = await connectTemporal({
  ...{ address, namespace, apiKey: undefined, tls: undefined },
  ...{ clientCertPath: undefined, clientKeyPath: undefined, serverCaPath: undefined },
});
const tell = createTellActivities(createRecordActivities({ db: store.db }));
const simulation = createSimulation({ hosts: [HOST] });
const workers = await startSimulationWorkers({
  connection: temporal.native,
  namespace,
  workflowBundle: await workflowBundle(join(dataDir, 'cache')),
  // The target is simulated; the store is real.
  services: simulation.services.map((service) =>
    service.taskQueue === CONTROL_QUEUE ? { ...service, activities: { ...service.activities, ...tell } } : service,
  ),
});
const server = await startServer({
  hostname: '127.0.0.1',
  port: 0,
  app: createApp({
    ...{ store, temporal: createTemporalGateway(temporal.client), appId: 1, wakeInbox: () => undefined },
    gitHubApiUrl: 'https://api.github.com',
    ...{
      webhookSecrets: [new Secret('measured')],
      tokens: () => [],
      hostTokens: () => [],
      deploySecrets: [],
      deployPlain: false,
      cookieKey: new Secret('c'.repeat(32)),
    },
    secretsKeys: [{ id: 'measured', key: createSecretKey(Buffer.alloc(32, 1)) }],
    ...{ publicUrl: 'http://127.0.0.1', logDir: join(dataDir, 'logs'), spoolDir: join(dataDir, 'spool'), logger },
    hasImage: async () => true,
    readCloneUrl: (url) => ({ url }),
    trustedProxies: new BlockList(),
    workerState: () => ({ ok: true, detail: 'measured' }),
  }),
});

const samples: number[] = [];
const sample = () => samples.push(process.memoryUsage().rss / 1e6);
const timer = setInterval(sample, SAMPLE_EVERY_MS);

let next = 0;
await Promise.all(
  Array.from({ length: Number(inFlight) }, async (_, lane) => {
    // Each lane is an environment of its own, so that all lanes really run at once.
    const key = { project: 'bench', service: `lane-${String(lane)}` };
    while (next < Number(count)) {
      next += 1;
      const sequence = next;
      const digest = digestOf(String(sequence));
      const image = { image: `registry.test/bench/web@${digest}`, digest, builder: 'dockerfile' };
      const environments = [environmentSettings('production', [HOST])];
      const result = await temporal.client.workflow.execute<typeof release>('release', {
        taskQueue: CONTROL_QUEUE,
        workflowId: `release/bench/${String(lane)}/${String(sequence)}`,
        args: [{ ...releaseInput({ key, sequence, environments }), image }],
      });
      if (result.outcome !== 'completed') throw new Error(`ended with ${JSON.stringify(result)}`);
    }
  }),
);

clearInterval(timer);
sample();
await server.close();
await workers.stopAll();
await temporal.close();
await store.close();
process.send?.(samples);
process.disconnect();
