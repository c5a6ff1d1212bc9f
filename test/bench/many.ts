import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { Worker, bundleWorkflowCode } from '@temporalio/worker';
import type { DeploymentRequest } from '../../contracts/deployment/deployment.ts';
import { CONTROL_QUEUE, hostQueue } from '../../contracts/core/queues.ts';
import { common } from '../../workers/options.ts';
import { eventually } from '../support/eventually.ts';
import { deploymentRequest, targetRequest } from '../support/simulation/fixtures.ts';
import { askEnvironment } from '../support/simulation/scene.ts';
import type { Simulation } from '../support/simulation/simulation.ts';
import type { Bench } from './bench.ts';
import type { plain, PlainInput } from './plain.workflow.ts';
import { HOST, onSimulation } from './simulated.ts';
import type { Simulated } from './simulated.ts';

const ENVIRONMENTS = 200;
/** Enough for both sides to have compiled what they run, and to count what a deployment tells. */
const WARM_UP = 20;
const LIMIT_MS = 300_000;
const PLAIN_QUEUE = 'plain';

/**
 * Ours has a queue per environment, a caller that waits for the outcome, and compensation; the other one has nothing.
 */
export const many: Bench = {
  name: 'many',
  about: `${String(ENVIRONMENTS)} deployments at once to as many environments, beside a plain workflow of the same activities`,
  run: (dir, say) =>
    onSimulation(dir, async (simulated) => {
      const stopPlain = await servePlain(simulated);
      try {
        const { client, simulation } = simulated;
        await deployMany(client, simulation, { round: 0, environments: WARM_UP });
        const counts = countedIn(simulation);
        say(`a deployment tells the store ${String(counts.tellings)} times, GitHub ${String(counts.reports)} times`);
        await deployPlain(client, counts, { round: 0, environments: WARM_UP });
        const all = { round: 1, environments: ENVIRONMENTS };
        const ours = await deployMany(client, simulation, all);
        const bare = await deployPlain(client, counts, all);
        say(`ours ${ours.toFixed(1)}/s, plain ${bare.toFixed(1)}/s`);
        return [
          {
            name: `${String(ENVIRONMENTS)} at once ÷ plain workflow`,
            value: ours / bare,
            unit: 'ratio',
            goal: 0.8,
            better: 'higher',
          },
        ];
      } finally {
        await stopPlain();
      }
    }),
};

interface Size {
  readonly round: number;
  readonly environments: number;
}

type Counts = Pick<PlainInput, 'tellings' | 'reports'>;

/** The number of reports in one deployment of ours: the plain workflow makes as many. */
function countedIn({ faults }: Simulation): Counts {
  const each = (activity: string) => Math.round(faults.callsOf(activity).length / WARM_UP);
  return { tellings: each('tell'), reports: each('reportDeployment') };
}

const requestFor = (service: string, round: number, index: number): DeploymentRequest =>
  deploymentRequest({
    key: { project: 'bench', service: `${service}-${String(round)}-${String(index)}`, environment: 'production' },
    sequence: 1,
    hosts: [HOST],
  });

/** @returns deployments a second, until the last one is live */
async function deployMany(client: Client, { records }: Simulation, { round, environments }: Size): Promise<number> {
  const requests = Array.from({ length: environments }, (_, index) => requestFor('many', round, index));
  const isLive = ({ deploymentId: id }: DeploymentRequest) => records.deploymentStates(id).at(-1)?.state === 'live';
  const startedAt = performance.now();
  await Promise.all(requests.map((request) => askEnvironment(client, request)));
  await eventually('all to be live', () => requests.every(isLive), LIMIT_MS);
  return environments / ((performance.now() - startedAt) / 1_000);
}

/** @returns deployments a second */
async function deployPlain(client: Client, counts: Counts, { round, environments }: Size): Promise<number> {
  const inputs = Array.from({ length: environments }, (_, index) =>
    plainInput(requestFor('plain', round, index), counts),
  );
  const startedAt = performance.now();
  await Promise.all(
    inputs.map((input) =>
      client.workflow.execute<typeof plain>('plain', {
        taskQueue: PLAIN_QUEUE,
        workflowId: `plain/${input.open.deploymentId}`,
        args: [input],
      }),
    ),
  );
  return environments / ((performance.now() - startedAt) / 1_000);
}

function plainInput(request: DeploymentRequest, counts: Counts): PlainInput {
  const { origin, deploymentId, commit, digest } = request;
  if (origin.kind !== 'github') throw new Error('the fixtures come from GitHub');
  const about = { environment: 'production', production: true, transient: false, description: '', mayExist: false };
  const open = { origin, deploymentId, commit, ...about };
  return { hostQueue: hostQueue(HOST), request: targetRequest(request, 1), digest, open, ...counts };
}

/** @returns stops it */
async function servePlain({ native, simulation }: Simulated): Promise<() => Promise<void>> {
  const worker = await Worker.create({
    ...common,
    connection: native,
    taskQueue: PLAIN_QUEUE,
    activities: simulation.services.find(({ taskQueue }) => taskQueue === CONTROL_QUEUE)?.activities ?? {},
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('plain.workflow.ts', import.meta.url)),
    }),
    stickyQueueScheduleToStartTimeout: '3 seconds',
  });
  const run = worker.run();
  return async () => {
    worker.shutdown();
    await run;
  };
}
