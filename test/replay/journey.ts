/** One service on its way to one environment, and where its histories are found afterwards. */
import type { Client } from '@temporalio/client';
import type { Actor } from '../../contracts/core/actor.ts';
import type { ApprovalState } from '../../contracts/deployment/approval.ts';
import type { ApprovalSettings } from '../../contracts/config/approval-settings.ts';
import {
  buildId,
  buildWorkflowId,
  deliveryWorkflowId,
  deploymentId,
  deploymentWorkflowId,
  environmentWorkflowId,
  releaseWorkflowId,
} from '../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../contracts/core/queues.ts';
import { decideApproval, releaseProgress } from '../../workflows/messages/release.messages.ts';
import type { release } from '../../workflows/release/release.workflow.ts';
import { eventually } from '../support/eventually.ts';
import { environmentSettings, releaseInput } from '../support/simulation/fixtures.ts';
import type { Simulation } from '../support/simulation/simulation.ts';

export interface ReplayWorld extends Simulation {
  readonly client: Client;
}

/** File name → workflow id. */
export type Recorded = Readonly<Record<string, string>>;

export type Scenario = (world: ReplayWorld) => Promise<Recorded>;

export const HOSTS = ['host-a', 'host-b'] as const;
export const BUILDER = 'builder';

/** One release of one service, with the ids of everything that it starts. */
export function journey(service: string) {
  const key = { project: 'shop', service };
  const input = releaseInput({ key, sequence: 1, environments: [environmentSettings('production', HOSTS)] });
  const inProduction = { ...key, environment: 'production' };
  return {
    input,
    release: releaseWorkflowId(key, input.commit, 1),
    build: buildWorkflowId(buildId(input.releaseId)),
    environment: environmentWorkflowId(inProduction),
    deployment: deploymentWorkflowId(deploymentId(inProduction, 1)),
    /** True when a call of an activity is about this service. */
    only: ({ input: about }: { readonly input: unknown }) => JSON.stringify(about).includes(`"${service}"`),
  };
}

export const start = ({ client }: ReplayWorld, { input, release: workflowId }: ReturnType<typeof journey>) =>
  client.workflow.start<typeof release>('release', { taskQueue: CONTROL_QUEUE, workflowId, args: [input] });

export const ASKS_ANN: ApprovalSettings = {
  ...{ from: { users: ['ann'], teams: [], permission: null }, count: 1, selfReview: false },
  ...{ remindAfterMs: null, escalateAfterMs: null, escalateTo: null, expireAfterMs: 3_600_000 },
};

/** A journey to a production that asks for approval first. */
export function asking(service: string, approval: Partial<ApprovalSettings> = {}) {
  const way = journey(service);
  const gate: ApprovalSettings = { ...ASKS_ANN, ...approval };
  const environments = way.input.environments.map((one) => ({ ...one, approval: gate }));
  return { ...way, input: { ...way.input, environments } };
}

export async function decide(
  { client }: ReplayWorld,
  { input, release: workflowId }: ReturnType<typeof journey>,
  decision: 'approve' | 'reject',
  by: Actor = { kind: 'github', name: 'ann' },
): Promise<ApprovalState> {
  const handle = client.workflow.getHandle<typeof release>(workflowId);
  await eventually('the gate', async () => (await handle.query(releaseProgress)).state === 'waiting');
  const id = deploymentId({ ...input.key, environment: 'production' }, input.sequence);
  return handle.executeUpdate(decideApproval, {
    args: [{ deploymentId: id, decision, by, via: 'api', note: 'as recorded' }],
  });
}

/** The key of a request that arrives once for all scenarios. */
export const requestKey = (number: number) =>
  deliveryWorkflowId(`00000000-0000-4000-8000-00000000001${String(number)}`);
