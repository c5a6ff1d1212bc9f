import type { Client } from '@temporalio/client';
import { deploymentId } from '../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../contracts/core/queues.ts';
import { environmentState } from '../../workflows/messages/environment.messages.ts';
import { decideApproval, releaseProgress } from '../../workflows/messages/release.messages.ts';
import type { release } from '../../workflows/release/release.workflow.ts';
import { eventually } from '../support/eventually.ts';
import { holdDeployment } from '../support/simulation/faults.ts';
import { deploymentRequest, digestOf, environmentSettings, releaseInput } from '../support/simulation/fixtures.ts';
import { askEnvironment } from '../support/simulation/scene.ts';
import type { Simulation } from '../support/simulation/simulation.ts';
import { median } from './bench.ts';
import type { Bench } from './bench.ts';
import { HOST, onSimulation } from './simulated.ts';

const SAMPLES = 15;
const GATE = {
  ...{ from: { users: ['ann'], teams: [], permission: null }, count: 1, selfReview: false, expireAfterMs: 600_000 },
  ...{ remindAfterMs: null, escalateAfterMs: null, escalateTo: null },
};

/** The time that messages between people and deployments take. */
export const gates: Bench = {
  name: 'gates',
  about: "from an approval to the deployment's first step, and from one deployment's end to the next one's first step",
  run: (dir, say) =>
    onSimulation(dir, async ({ client, simulation }) => {
      const approvals: number[] = [];
      const handOvers: number[] = [];
      for (let sample = 1; sample <= SAMPLES; sample += 1) {
        approvals.push(await approvalToFirstStep(client, simulation, sample));
        handOvers.push(await endToFirstStep(client, simulation, sample));
      }
      say(`${String(SAMPLES)} of each`);
      return [
        { name: 'approval → first step', value: median(approvals), unit: 'ms', goal: null, better: 'lower' },
        {
          name: 'queue: one ends → the next begins',
          value: median(handOvers),
          unit: 'ms',
          goal: null,
          better: 'lower',
        },
      ];
    }),
};

async function approvalToFirstStep(client: Client, simulation: Simulation, sample: number): Promise<number> {
  const key = { project: 'bench', service: `gate-${String(sample)}` };
  const digest = digestOf(key.service);
  const environments = [{ ...environmentSettings('production', [HOST]), approval: GATE }];
  const input = releaseInput({ key, sequence: 1, environments });
  const image = { image: `registry.test/bench/${key.service}@${digest}`, digest, builder: 'dockerfile' } as const;
  const handle = await client.workflow.start<typeof release>('release', {
    taskQueue: CONTROL_QUEUE,
    workflowId: `release/${key.service}`,
    args: [{ ...input, image }],
  });
  await eventually('the gate', async () => (await handle.query(releaseProgress)).state === 'waiting');

  const id = deploymentId({ ...key, environment: 'production' }, 1);
  const began = firstStepOf(simulation, id);
  const by = { kind: 'github', name: 'ann' } as const;
  const decidedAt = performance.now();
  await handle.executeUpdate(decideApproval, {
    args: [{ deploymentId: id, decision: 'approve', by, via: 'api', note: '' }],
  });
  const took = (await began) - decidedAt;
  await handle.result();
  return took;
}

async function endToFirstStep(client: Client, simulation: Simulation, sample: number): Promise<number> {
  const key = { project: 'bench', service: `line-${String(sample)}`, environment: 'production' };
  const request = (sequence: number) => deploymentRequest({ key, sequence, hosts: [HOST] });
  const [first, second] = [request(1), request(2)];
  const held = holdDeployment(simulation.faults, first.deploymentId);
  const ended = endOf(simulation, first.deploymentId);
  const handle = await askEnvironment(client, first);
  await held.arrived;
  await askEnvironment(client, second);
  await eventually('the second to wait', async () => (await handle.query(environmentState)).waiting.length === 1);

  const began = firstStepOf(simulation, second.deploymentId);
  held.goOn();
  const took = (await began) - (await ended);
  await eventually('the end', async () => (await handle.query(environmentState)).running === null);
  return took;
}

/** The begin of its first step. */
const firstStepOf = (simulation: Simulation, id: string) => timeOf(simulation, 'prepare', 'before', id);
/** The end of its last step. */
const endOf = (simulation: Simulation, id: string) => timeOf(simulation, 'finalize', 'after', id);

function timeOf({ faults }: Simulation, activity: string, at: 'before' | 'after', id: string): Promise<number> {
  return new Promise((resolve) => {
    const remove = faults.add({
      ...{ activity, at },
      only: ({ input }) => JSON.stringify(input).includes(`"${id}"`),
      act: () => {
        remove();
        resolve(performance.now());
      },
    });
  });
}
