import type { ApprovalSettings, Approvers } from '../../contracts/config/approval-settings.ts';
import type { DeploymentRequest } from '../../contracts/deployment/deployment.ts';
import { releaseWorkflowId } from '../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../contracts/core/queues.ts';
import { recordDeployment, recordDeploymentState } from '../../store/queries/record-deployment.ts';
import { recordRelease } from '../../store/queries/record-release.ts';
import { releaseProgress } from '../../workflows/messages/release.messages.ts';
import type { release } from '../../workflows/release/release.workflow.ts';
import { eventually } from '../support/eventually.ts';
import { deploymentRequest, digestOf, environmentSettings, releaseInput } from '../support/simulation/fixtures.ts';
import type { World } from '../workflows/world.ts';
import type { Api } from './harness.ts';
import { KEY, NOON } from './seed.ts';

const ADA: Approvers = { users: ['token:ada'], teams: [], permission: null };
const USUAL: Omit<ApprovalSettings, 'from'> = {
  count: 1,
  selfReview: false,
  remindAfterMs: null,
  escalateAfterMs: null,
  escalateTo: null,
  expireAfterMs: 3_600_000,
};

/** A release that waits before production, known to the store as the records activities would make it. */
export async function waitingRelease(
  { world, api }: { readonly world: World; readonly api: Api },
  sequence: number,
  from = ADA,
) {
  const production = { ...environmentSettings('production', ['host-a']), approval: { ...USUAL, from } };
  const digest = digestOf(`waiting ${String(sequence)}`);
  const input = {
    ...releaseInput({ key: KEY, sequence, environments: [production] }),
    image: { image: `registry.test/shop/web@${digest}`, digest, builder: 'dockerfile' },
  };
  const handle = await world.client.workflow.start<typeof release>('release', {
    taskQueue: CONTROL_QUEUE,
    workflowId: releaseWorkflowId(KEY, input.commit, sequence),
    args: [input],
  });
  await eventually('the gate', async () => (await handle.query(releaseProgress)).state === 'waiting');
  await recordRelease(api.store.db, input);
  const usual = deploymentRequest({ key: { ...KEY, environment: 'production' }, sequence, hosts: ['host-a'] });
  const request: DeploymentRequest = { ...usual, digest };
  await recordDeployment(api.store.db, { request, at: NOON });
  const { deploymentId } = request;
  await recordDeploymentState(api.store.db, { deploymentId, state: 'awaiting_approval', at: NOON });
  return { handle, id: deploymentId, commit: input.commit, digest };
}
