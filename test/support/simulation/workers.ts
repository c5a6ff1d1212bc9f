/** Runs a simulation's activities, and the real workflows, on a Temporal server. */
import { Worker } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import { common } from '../../../workers/options.ts';
import type { SimulatedService } from './simulation.ts';

interface SimulationWorkersOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly workflowBundle: { readonly codePath: string };
  readonly services: readonly SimulatedService[];
}

export interface SimulationWorkers {
  /** Takes a place away: what it was doing is cancelled, its queues are not served any more. */
  stop(place: string): Promise<void>;
  start(place: string): Promise<void>;
  stopAll(): Promise<void>;
}

/** The options of the real workers, on simulated activities. */
export async function startSimulationWorkers(options: SimulationWorkersOptions): Promise<SimulationWorkers> {
  const { connection, namespace, workflowBundle, services } = options;
  const running = new Map<string, readonly { readonly worker: Worker; readonly run: Promise<void> }[]>();

  const listen = async ({ taskQueue, activities }: SimulatedService) => {
    const worker = await Worker.create({
      ...common,
      connection,
      namespace,
      taskQueue,
      activities,
      ...(taskQueue === CONTROL_QUEUE && { workflowBundle, stickyQueueScheduleToStartTimeout: '3 seconds' }),
      shutdownGraceTime: 0,
    });
    return { worker, run: worker.run() };
  };

  const start = async (place: string): Promise<void> => {
    running.set(place, await Promise.all(services.filter((service) => service.place === place).map(listen)));
  };
  const stop = async (place: string): Promise<void> => {
    const workers = running.get(place) ?? [];
    running.delete(place);
    for (const { worker } of workers) worker.shutdown();
    await Promise.all(workers.map(({ run }) => run));
  };

  const places = [...new Set(services.map(({ place }) => place))];
  await Promise.all(places.map(start));
  return {
    start,
    stop,
    async stopAll() {
      await Promise.all([...running.keys()].map(stop));
    },
  };
}
