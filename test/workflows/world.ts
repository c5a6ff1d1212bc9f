/** A simulation with the real workflows on a real Temporal server. Gone after the file's last test. */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { onCleanup } from '../support/cleanup.ts';
import { createNamespace } from '../support/simulation/namespace.ts';
import { createSimulation } from '../support/simulation/simulation.ts';
import type { Simulation } from '../support/simulation/simulation.ts';
import { startSimulationWorkers } from '../support/simulation/workers.ts';
import type { SimulationWorkers } from '../support/simulation/workers.ts';
import { testTemporal, timeSkipping, workflowBundle } from '../support/temporal.ts';

type SimulationOptions = Parameters<typeof createSimulation>[0];

export interface World extends Simulation {
  readonly client: Client;
  readonly workers: SimulationWorkers;
}

/** On the server that the whole run shares, in a namespace of its own. @param bundle - the workflows as they are by default */
export async function startWorld(options: SimulationOptions, bundle = workflowBundle()): Promise<World> {
  const { address, nativeConnection } = await testTemporal();
  const connection = await Connection.connect({ address });
  onCleanup(() => connection.close());
  const namespace = `world-${randomUUID()}`;
  await createNamespace(connection, namespace);
  return populate(options, new Client({ connection, namespace }), nativeConnection, await bundle);
}

/** On a server on which waiting takes no time. It skips while a workflow's result is awaited and no activity runs. */
export async function startTimeSkippingWorld(options: SimulationOptions): Promise<World> {
  const { client, nativeConnection } = await timeSkipping();
  return populate(options, client, nativeConnection, await workflowBundle());
}

async function populate(
  options: SimulationOptions,
  client: Client,
  connection: NativeConnection,
  bundle: { readonly codePath: string },
): Promise<World> {
  const simulation = createSimulation(options);
  const workers = await startSimulationWorkers({
    connection,
    namespace: client.options.namespace,
    workflowBundle: bundle,
    services: simulation.services,
  });
  onCleanup(() => workers.stopAll());
  return { ...simulation, client, workers };
}
