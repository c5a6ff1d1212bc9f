/** What queueing and gates cost, on the real workflows and a simulated target. */
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker, bundleWorkflowCode } from '@temporalio/worker';
import type { DeploymentRequest } from '../../contracts/deployment.ts';
import { deploymentId } from '../../contracts/ids.ts';
import { CONTROL_QUEUE, hostQueue } from '../../contracts/queues.ts';
import { startTemporal } from '../../infra/dev/temporal.ts';
import { common } from '../../workers/options.ts';
import { connectTemporal } from '../../workers/temporal.ts';
import { workflowBundle } from '../../workers/workflow-bundle.ts';
import { environmentState } from '../../workflows/environment.messages.ts';
import { decideApproval, releaseProgress } from '../../workflows/release.messages.ts';
import type { release } from '../../workflows/release.workflow.ts';
import { eventually } from '../support/eventually.ts';
import { deploymentRequest, digestOf, environmentSettings, releaseInput, targetRequest } from '../support/simulation/fixtures.ts'; // prettier-ignore
import { askEnvironment } from '../support/simulation/scene.ts';
import { createSimulation } from '../support/simulation/simulation.ts';
import type { Simulation } from '../support/simulation/simulation.ts';
import { startSimulationWorkers } from '../support/simulation/workers.ts';
import { median } from './bench.ts';
import type { Bench } from './bench.ts';
import type { plain, PlainInput } from './plain.workflow.ts';

const HOST = 'h1';
const SAMPLES = 15;
const ENVIRONMENTS = 200;
const ROUNDS = 3;
const PLAIN_QUEUE = 'plain';

export const queue: Bench = {
  name: 'queue',
  about: `approval → first step, hand-over in the queue, and ${String(ENVIRONMENTS)} deployments at once beside a plain workflow`,
  async run(dir, say) {
    const temporal = await startTemporal({ dir: join(dir, 't'), persistent: true });
    const { native, client, close } = await connectTemporal({
      ...{ address: temporal.address, namespace: 'default', apiKey: undefined, tls: undefined },
      ...{ clientCertPath: undefined, clientKeyPath: undefined, serverCaPath: undefined },
    });
    const simulation = createSimulation({ hosts: [HOST] });
    const bundle = await workflowBundle(join(dir, 'bundle'));
    const workers = await startSimulationWorkers({ connection: native, namespace: 'default', workflowBundle: bundle, services: simulation.services }); // prettier-ignore
    const plainWorker = await startPlain(native, simulation);
    try {
      const approval = await approvalToFirstStep(client, simulation);
      const handOver = await handOverMs(client, simulation);
      const ratios: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const bare = await manyPlain(client, simulation, round);
        const ours = await manyOurs(client, simulation, round);
        say(`round ${String(round + 1)}: ours ${ours.toFixed(1)}/s, plain ${bare.toFixed(1)}/s`);
        ratios.push(ours / bare);
      }
      return [
        { name: 'queue: approval → first step', value: approval, unit: 'ms', goal: null, better: 'lower' },
        { name: 'queue: one ends → the next begins', value: handOver, unit: 'ms', goal: null, better: 'lower' },
        { name: `queue: ${String(ENVIRONMENTS)} at once ÷ plain workflow`, value: median(ratios), unit: 'ratio', goal: 0.8, better: 'higher' }, // prettier-ignore
      ];
    } finally {
      await plainWorker.stop();
      await workers.stopAll();
      await close();
      await temporal.stop();
    }
  },
};

async function startPlain(connection: NativeConnection, { services }: Simulation) {
  const workflowsPath = fileURLToPath(new URL('plain.workflow.ts', import.meta.url));
  const workflows = await bundleWorkflowCode({ workflowsPath });
  const control = services.find(({ taskQueue }) => taskQueue === CONTROL_QUEUE)?.activities ?? {};
  const options = { ...common, connection, taskQueue: PLAIN_QUEUE, activities: control, workflowBundle: workflows };
  const worker = await Worker.create(options);
  const run = worker.run();
  return {
    async stop() {
      worker.shutdown();
      await run;
    },
  };
}

/** When the deployment's first step began, once it has. */
const begun = async ({ faults }: Simulation, id: string): Promise<void> => {
  await eventually(`${id} to begin`, () => faults.callsOf('prepare').some(({ input }) => idOf(input) === id));
};
const idOf = (input: unknown): string => (input as DeploymentRequest).deploymentId;

async function approvalToFirstStep(client: Client, simulation: Simulation): Promise<number> {
  const took: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const key = { project: 'bench', service: `gate-${String(sample)}` };
    const digest = digestOf(key.service);
    const approval = {
      ...{ from: { users: ['ann'], teams: [], permission: null }, count: 1, selfReview: false, expireAfterMs: 60_000 },
      ...{ remindAfterMs: null, escalateAfterMs: null, escalateTo: null },
    };
    const environments = [{ ...environmentSettings('production', [HOST]), approval }];
    const handle = await client.workflow.start<typeof release>('release', {
      taskQueue: CONTROL_QUEUE,
      workflowId: `release/${key.service}`,
      args: [
        {
          ...releaseInput({ key, sequence: 1, environments }),
          image: { image: `registry.test/bench/x@${digest}`, digest, builder: 'dockerfile' },
        },
      ],
    });
    await eventually('the gate', async () => (await handle.query(releaseProgress)).state === 'waiting');
    const id = deploymentId({ ...key, environment: 'production' }, 1);
    const began = once(simulation, id);
    const askedAt = performance.now();
    await handle.executeUpdate(decideApproval, {
      args: [{ deploymentId: id, decision: 'approve', by: { kind: 'github', name: 'ann' }, via: 'api', note: '' }],
    });
    took.push((await began) - askedAt);
    await handle.result();
  }
  return median(took);
}

/** The time at which the deployment's first step begins. */
function once({ faults }: Simulation, id: string): Promise<number> {
  return new Promise((resolve) => {
    const remove = faults.add({
      activity: 'prepare',
      only: ({ input }) => idOf(input) === id,
      act: () => {
        remove();
        resolve(performance.now());
      },
    });
  });
}

async function handOverMs(client: Client, simulation: Simulation): Promise<number> {
  const took: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const key = { project: 'bench', service: `line-${String(sample)}`, environment: 'production' };
    const [first, second] = [1, 2].map((sequence) => deploymentRequest({ key, sequence, hosts: [HOST] }));
    if (!first || !second) throw new Error('two requests were made');
    const held = Promise.withResolvers<undefined>();
    let finalizedAt = 0;
    const unhold = simulation.faults.add({ activity: 'prepare', only: ({ input }) => idOf(input) === first.deploymentId, act: () => held.promise }); // prettier-ignore
    const unmark = simulation.faults.add({ activity: 'finalize', at: 'after', act: () => void (finalizedAt ||= performance.now()) }); // prettier-ignore
    const handle = await askEnvironment(client, first);
    await begun(simulation, first.deploymentId);
    await askEnvironment(client, second);
    await eventually('the second to wait', async () => (await handle.query(environmentState)).waiting.length === 1);
    const began = once(simulation, second.deploymentId);
    unhold();
    held.resolve(undefined);
    took.push((await began) - finalizedAt);
    unmark();
    await eventually('the end', async () => (await handle.query(environmentState)).running === null);
  }
  return median(took);
}

/** @returns deployments a second */
async function manyOurs(client: Client, { records }: Simulation, round: number): Promise<number> {
  const requests = Array.from({ length: ENVIRONMENTS }, (_, index) => {
    const key = { project: 'bench', service: `many-${String(round)}-${String(index)}`, environment: 'production' };
    return deploymentRequest({ key, sequence: 1, hosts: [HOST] });
  });
  const startedAt = performance.now();
  await Promise.all(requests.map((request) => askEnvironment(client, request)));
  const isLive = ({ deploymentId: id }: DeploymentRequest) => records.deploymentStates(id).at(-1)?.state === 'live';
  await eventually('all to be live', () => requests.every(isLive), 120_000);
  return ENVIRONMENTS / ((performance.now() - startedAt) / 1_000);
}

async function manyPlain(client: Client, { faults }: Simulation, round: number): Promise<number> {
  // Counted on deployments of ours that went before: the hand-over's.
  const deployed = new Set(faults.callsOf('finalize').map(({ input }) => JSON.stringify(input))).size;
  const each = (activity: string) => Math.round(faults.callsOf(activity).length / Math.max(1, deployed));
  const counts = { tellings: each('tell'), reports: each('reportDeployment') };
  const inputs = Array.from({ length: ENVIRONMENTS }, (_, index): PlainInput => {
    const key = { project: 'bench', service: `plain-${String(round)}-${String(index)}`, environment: 'production' };
    const request = deploymentRequest({ key, sequence: 1, hosts: [HOST] });
    if (request.origin.kind !== 'github') throw new Error('the fixtures come from GitHub');
    const { origin, deploymentId: id, commit, digest } = request;
    const open = { origin, deploymentId: id, commit, environment: 'production', production: true, transient: false, description: '', mayExist: false }; // prettier-ignore
    return { hostQueue: hostQueue(HOST), request: targetRequest(request, 1), digest, open, ...counts };
  });
  const startedAt = performance.now();
  await Promise.all(
    inputs.map((input, index) =>
      client.workflow.execute<typeof plain>('plain', {
        taskQueue: PLAIN_QUEUE,
        workflowId: `plain/${String(round)}/${String(index)}`,
        args: [input],
      }),
    ),
  );
  return ENVIRONMENTS / ((performance.now() - startedAt) / 1_000);
}
