/** The real workflows with everything around them simulated: what is left is what orchestration costs. */
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';
import { startTemporal } from '../../infra/dev/temporal.ts';
import { connectTemporal } from '../../workers/temporal.ts';
import { workflowBundle } from '../../workers/workflow-bundle.ts';
import { createSimulation } from '../support/simulation/simulation.ts';
import type { Simulation } from '../support/simulation/simulation.ts';
import { startSimulationWorkers } from '../support/simulation/workers.ts';

export const HOST = 'h1';

// Temporal tells every start and stop of a worker otherwise.
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });

export interface Simulated {
  readonly client: Client;
  readonly native: NativeConnection;
  readonly simulation: Simulation;
}

/** Temporal on a file as people run it, one host; all of it ends with the work. */
export async function onSimulation<T>(dir: string, work: (simulated: Simulated) => Promise<T>): Promise<T> {
  const temporal = await startTemporal({ dir: join(dir, 't'), persistent: true });
  try {
    const { native, client, close } = await connectTemporal({
      ...{ address: temporal.address, namespace: 'default', apiKey: undefined, tls: undefined },
      ...{ clientCertPath: undefined, clientKeyPath: undefined, serverCaPath: undefined },
    });
    const simulation = createSimulation({ hosts: [HOST] });
    const bundle = await workflowBundle(join(dir, 'bundle'));
    const workers = await startSimulationWorkers({
      connection: native,
      namespace: 'default',
      workflowBundle: bundle,
      services: simulation.services,
    });
    try {
      return await work({ client, native, simulation });
    } finally {
      await workers.stopAll();
      await close();
    }
  } finally {
    await temporal.stop();
  }
}
