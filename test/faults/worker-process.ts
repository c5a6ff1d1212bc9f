/**
 * `node worker-process.ts <settings as JSON>`: a whole worker, made to be killed. The workflows are real; what
 * activities do happens in the process that serves the simulation.
 */
import { NativeConnection, DefaultLogger, Runtime } from '@temporalio/worker';
import { failure } from '../../contracts/core/failures.ts';
import type { SimulatedService } from '../support/simulation/simulation.ts';
import { startSimulationWorkers } from '../support/simulation/workers.ts';
import type { Answer, Work } from './simulation-server.ts';

export interface WorkerSettings {
  readonly address: string;
  readonly namespace: string;
  readonly workflowBundle: { readonly codePath: string };
  /** The simulation's address. */
  readonly url: string;
  readonly services: readonly { readonly taskQueue: string; readonly activities: readonly string[] }[];
}

const settings = JSON.parse(process.argv[2] ?? '') as WorkerSettings;
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });

await startSimulationWorkers({
  ...settings,
  connection: await NativeConnection.connect({ address: settings.address }),
  services: settings.services.map(standIn),
});

function standIn({ taskQueue, activities }: WorkerSettings['services'][number]): SimulatedService {
  const entries = activities.map((activity) => [activity, (input: unknown) => act({ taskQueue, activity, input })]);
  return { place: taskQueue, taskQueue, activities: Object.fromEntries(entries) as object };
}

async function act(work: Work): Promise<unknown> {
  const answer = await post('/work', work);
  if ('failure' in answer) throw failure(answer.failure.type, answer.failure.message);
  await post('/known', work);
  return answer.result;
}

async function post(path: string, work: Work): Promise<Answer> {
  const response = await fetch(settings.url + path, { method: 'POST', body: JSON.stringify(work) });
  return (await response.json()) as Answer;
}
