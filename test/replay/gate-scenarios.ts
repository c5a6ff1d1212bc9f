/** Releases and jobs of GitHub Actions that wait for an approval, as histories. */
import type { ApprovalSettings } from '../../contracts/config/approval-settings.ts';
import { deploymentCheckId } from '../../contracts/github/check-run.ts';
import { deploymentId } from '../../contracts/core/ids.ts';
import { protectionGateId, protectionWorkflowId } from '../../contracts/github/protection.ts';
import type { ProtectedJob } from '../../contracts/github/protection.ts';
import { CONTROL_QUEUE } from '../../contracts/core/queues.ts';
import { decideApproval } from '../../workflows/messages/release.messages.ts';
import { eventually } from '../support/eventually.ts';
import { ASKS_ANN, asking, decide, requestKey, start } from './journey.ts';
import type { ReplayWorld, Scenario } from './journey.ts';

export const GATE_SCENARIOS: readonly Scenario[] = [
  async function isApproved(world) {
    const way = asking('approved');
    const handle = await start(world, way);
    await decide(world, way, 'approve');
    await handle.result();
    return { 'release-approved': way.release };
  },

  async function isRejected(world) {
    const way = asking('rejected');
    const handle = await start(world, way);
    await decide(world, way, 'reject');
    await handle.result();
    return { 'release-rejected': way.release };
  },

  async function isNotApprovedInTime(world) {
    const way = asking('expired', { remindAfterMs: 200, escalateAfterMs: 400, expireAfterMs: 600 });
    await (await start(world, way)).result();
    return { 'release-approval-expired': way.release };
  },

  // So far apart that each is a turn of its own.
  async function isRemindedOf(world) {
    const way = asking('reminded', { remindAfterMs: 2_000, escalateAfterMs: 4_000, expireAfterMs: 6_000 });
    await (await start(world, way)).result();
    return { 'release-reminded': way.release };
  },

  // A login and a token of one name are one person, who is counted once.
  async function isApprovedThroughTwoDoors(world) {
    const from = { users: ['ann', 'token:ann', 'ben'], teams: [], permission: null };
    const way = asking('doors', { from, count: 2 });
    const handle = await start(world, way);
    await decide(world, way, 'approve');
    await decide(world, way, 'approve', { kind: 'token', name: 'ann' });
    await decide(world, way, 'approve', { kind: 'github', name: 'ben' });
    await handle.result();
    return { 'release-approved-by-two': way.release };
  },

  async function landsWithACheck(world) {
    const way = asking('checked');
    const handle = await start(world, way);
    await decide(world, way, 'approve');
    await handle.result();
    const shown = () =>
      world.gitHub.shown(deploymentCheckId(deploymentId({ ...way.input.key, environment: 'production' }, 1))).at(-1)
        ?.conclusion === 'success';
    await eventually('its check', shown);
    await world.client.workflow.getHandle(way.deployment).result();
    return { 'release-approved-with-check': way.release, 'deployment-live-with-check': way.deployment };
  },

  async function isAskedForAJob(world) {
    const [approved, expired, refused] = [jobTo(world, 1), jobTo(world, 2, { expireAfterMs: 600 }), jobTo(world, 3)];
    world.repository.rules.delete(refused.environment);
    for (const job of [approved, expired, refused]) await ask(world, job);
    await decideJob(world, approved);
    for (const job of [approved, expired, refused])
      await world.client.workflow.getHandle(protectionWorkflowId(job)).result();
    return {
      'protection-request': approved.requestKey,
      'protection-approved': protectionWorkflowId(approved),
      'protection-expired': protectionWorkflowId(expired),
      'protection-refused': protectionWorkflowId(refused),
    };
  },
];

/** A job of GitHub Actions to an environment of its own, which asks ann first. */
function jobTo({ repository }: ReplayWorld, number: number, changes: Partial<ApprovalSettings> = {}): ProtectedJob {
  const environment = `job-${String(number)}`;
  const approval = { ...ASKS_ANN, ...changes };
  repository.rules.set(environment, {
    known: true,
    keys: [{ project: 'shop', service: 'web', environment }],
    approval,
  });
  return {
    ...{ kind: 'protection', requestKey: requestKey(number), repositoryId: '7', repository: 'acme/shop' },
    ...{ installationId: '11', runId: '456', environment, commit: 'a'.repeat(40), ref: 'main', event: 'push' },
    actor: { kind: 'github', name: 'octocat' },
  };
}

const ask = ({ client }: ReplayWorld, job: ProtectedJob) =>
  client.workflow.execute('protectionRequest', {
    ...{ taskQueue: CONTROL_QUEUE, workflowId: job.requestKey, args: [job] },
  });

async function decideJob({ client }: ReplayWorld, job: ProtectedJob): Promise<void> {
  const handle = client.workflow.getHandle(protectionWorkflowId(job));
  const by = { kind: 'github', name: 'ann' } as const;
  const request = { deploymentId: protectionGateId(job), decision: 'approve', by, via: 'check', note: '' } as const;
  await eventually('the gate', () => handle.executeUpdate(decideApproval, { args: [request] }).catch(() => undefined));
}
