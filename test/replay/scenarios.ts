/** The paths whose histories are kept: how each is brought about on the simulation, and which workflows it leaves. */
import type { Client } from '@temporalio/client';
import type { Actor } from '../../contracts/actor.ts';
import type { ApprovalSettings, ApprovalState } from '../../contracts/approval.ts';
import { deploymentCheckId } from '../../contracts/check-run.ts';
import type { CheckClick, SuiteClick } from '../../contracts/check-run.ts';
import { FailureType } from '../../contracts/failures.ts';
import {
  buildId,
  buildWorkflowId,
  commandWorkflowId,
  deliveryWorkflowId,
  deploymentId,
  deploymentWorkflowId,
  environmentWorkflowId,
  releaseWorkflowId,
} from '../../contracts/ids.ts';
import { protectionGateId, protectionWorkflowId } from '../../contracts/protection.ts';
import type { ProtectedJob } from '../../contracts/protection.ts';
import { CONTROL_QUEUE } from '../../contracts/queues.ts';
import {
  environmentState,
  lockEnvironment,
  pauseEnvironment,
  resumeEnvironment,
  unlockEnvironment,
} from '../../workflows/environment.messages.ts';
import {
  decideStep,
  deploymentProgress,
  pauseDeployment,
  resumeDeployment,
} from '../../workflows/deployment.messages.ts';
import type { deployment as deploymentWorkflow } from '../../workflows/deployment.workflow.ts';
import type { environment as environmentWorkflow } from '../../workflows/environment.workflow.ts';
import { cancelRelease, decideApproval, releaseProgress } from '../../workflows/release.messages.ts';
import type { release } from '../../workflows/release.workflow.ts';
import { eventually } from '../support/eventually.ts';
import { fails, hangs } from '../support/simulation/faults.ts';
import { environmentSettings, releaseDraft, releaseInput } from '../support/simulation/fixtures.ts';
import type { Simulation } from '../support/simulation/simulation.ts';

export interface ReplayWorld extends Simulation {
  readonly client: Client;
}

/** File name → workflow id. */
export type Recorded = Readonly<Record<string, string>>;

export const HOSTS = ['host-a', 'host-b'] as const;
export const BUILDER = 'builder';

/** One release of one service, with the ids of everything that it starts. */
function journey(service: string) {
  const key = { project: 'shop', service };
  const input = releaseInput({ key, sequence: 1, environments: [environmentSettings('production', HOSTS)] });
  const inProduction = { ...key, environment: 'production' };
  return {
    input,
    release: releaseWorkflowId(key, input.commit, 1),
    build: buildWorkflowId(buildId(input.releaseId)),
    environment: environmentWorkflowId(inProduction),
    deployment: deploymentWorkflowId(deploymentId(inProduction, 1)),
    /** Whether a call of an activity is about this service. */
    only: ({ input: about }: { readonly input: unknown }) => JSON.stringify(about).includes(`"${service}"`),
  };
}

const start = ({ client }: ReplayWorld, { input, release: workflowId }: ReturnType<typeof journey>) =>
  client.workflow.start<typeof release>('release', { taskQueue: CONTROL_QUEUE, workflowId, args: [input] });

export const SCENARIOS: readonly ((world: ReplayWorld) => Promise<Recorded>)[] = [
  async function lands(world) {
    const { input, build, environment, deployment } = journey('lands');
    const draft = releaseDraft({ key: input.key, content: 'lands', environments: input.environments });
    world.repository.push('main', draft);
    const requestKey = '00000000-0000-4000-8000-000000000001';
    await world.client.workflow.execute('delivery', {
      taskQueue: CONTROL_QUEUE,
      workflowId: deliveryWorkflowId(requestKey),
      args: [
        {
          ...{ kind: 'push', requestKey, repositoryId: 7, repository: 'acme/shop', installationId: 11, branch: 'main' },
          actor: { kind: 'github', name: 'octocat' },
        },
      ],
    });
    const started = await eventually('the release', () => world.records.releases.get(input.releaseId));
    const workflowId = releaseWorkflowId(started.key, started.commit, started.sequence);
    await world.client.workflow.getHandle(workflowId).result();
    await world.client.workflow.getHandle(build).result();
    return {
      'delivery-released': deliveryWorkflowId(requestKey),
      'delivery-decided': deliveryWorkflowId(requestKey),
      'release-completed': workflowId,
      'build-completed': build,
      'environment-one-deployment': environment,
      'deployment-live': deployment,
    };
  },

  async function doesNotBuild(world) {
    const way = journey('does-not-build');
    world.faults.add({
      activity: 'buildImage',
      only: way.only,
      act: fails(FailureType.BuildFailed, 'main.c:1: error'),
    });
    await (await start(world, way)).result();
    return { 'release-failed': way.release, 'build-failed': way.build };
  },

  async function cancelledWhileBuilding(world) {
    const way = journey('cancelled-build');
    world.faults.add({ activity: 'buildImage', only: way.only, act: hangs });
    const handle = await start(world, way);
    await eventually('the build', () => world.faults.callsOf('buildImage').some(way.only) || undefined);
    await handle.executeUpdate(cancelRelease, { args: [{ by: 'octocat', reason: 'wrong branch' }] });
    await handle.result();
    await world.client.workflow.getHandle(way.build).result();
    return { 'release-cancelled': way.release, 'build-cancelled': way.build };
  },

  async function losesItsBuildHost(world) {
    const way = journey('lost-build-host');
    const act = fails(FailureType.HostAway, 'Host builder did not take its work.');
    const mend = world.faults.add({
      activity: 'fetchSource',
      only: way.only,
      act: () => {
        mend();
        act();
      },
    });
    await (await start(world, way)).result();
    await world.client.workflow.getHandle(way.build).result();
    return { 'build-claimed-again': way.build };
  },

  async function cannotBePrepared(world) {
    const way = journey('unprepared');
    const act = fails(FailureType.ImageNotFound, 'the registry has no such image');
    world.faults.add({ place: 'host-b', activity: 'prepare', only: way.only, act });
    await (await start(world, way)).result();
    return { 'deployment-failed': way.deployment };
  },

  async function runsAReleaseCommand(world) {
    const way = journey('migrated');
    const { run } = way.input.settings;
    const settings = { ...way.input.settings, run: { ...run, release: { command: ['migrate'], timeoutMs: 600_000 } } };
    await (await start(world, { ...way, input: { ...way.input, settings } })).result();
    return { 'deployment-release-command': way.deployment };
  },

  async function isUnhealthyOnTheSecondHost(world) {
    const way = journey('rolled-back');
    world.faults.add({
      place: 'host-b',
      activity: 'switchTo',
      only: way.only,
      act: fails(FailureType.PortTaken, 'taken'),
    });
    await (await start(world, way)).result();
    return { 'deployment-rolled-back': way.deployment };
  },

  async function cannotBeRestored(world) {
    const way = journey('not-restored');
    world.faults.add({
      place: 'host-b',
      activity: 'switchTo',
      only: way.only,
      act: fails(FailureType.PortTaken, 'taken'),
    });
    world.faults.add({
      place: 'host-a',
      activity: 'restore',
      only: way.only,
      act: fails(FailureType.ImageNotFound, 'gone'),
    });
    await (await start(world, way)).result();
    return { 'deployment-rollback-failed': way.deployment };
  },

  async function cancelledWhileSwitching(world) {
    const way = journey('cancelled-switch');
    world.faults.add({ place: 'host-b', activity: 'switchTo', only: way.only, act: hangs });
    const handle = await start(world, way);
    await eventually('the switch', () => world.faults.callsOf('switchTo', 'host-b').some(way.only) || undefined);
    await handle.executeUpdate(cancelRelease, { args: [{ by: 'octocat', reason: 'wrong branch' }] });
    await handle.result();
    return { 'deployment-cancelled': way.deployment, 'release-cancelled-while-deploying': way.release };
  },

  async function waitsInTheQueue(world) {
    const first = journey('queued');
    const held = Promise.withResolvers<undefined>();
    const release_ = world.faults.add({ activity: 'prepare', only: first.only, act: () => held.promise });
    const handle = await start(world, first);
    await eventually('the first deployment', () => world.faults.callsOf('prepare').some(first.only) || undefined);

    const key = { project: 'shop', service: 'queued' };
    const input = releaseInput({ key, sequence: 2, environments: [environmentSettings('production', HOSTS)] });
    const second = await world.client.workflow.start<typeof release>('release', {
      taskQueue: CONTROL_QUEUE,
      workflowId: releaseWorkflowId(key, input.commit, 2),
      args: [input],
    });
    const environment = world.client.workflow.getHandle(first.environment);
    await eventually(
      'the second to wait',
      async () => (await environment.query(environmentState)).waiting.length === 1 || undefined,
    );
    release_();
    held.resolve(undefined);
    await Promise.all([handle.result(), second.result()]);
    return {
      'environment-queue': first.environment,
      'deployment-waited': deploymentWorkflowId(deploymentId({ ...key, environment: 'production' }, 2)),
    };
  },

  async function concernsNothing(world) {
    const trigger = push('00000000-0000-4000-8000-000000000002', 'gone');
    const workflowId = await run(world, 'delivery', trigger);
    await eventually('the decision', () => world.records.decisions.get(trigger.requestKey));
    return { 'delivery-skipped': workflowId };
  },

  async function isRefused(world) {
    const trigger = push('00000000-0000-4000-8000-000000000003', 'main');
    const only = ({ input }: { readonly input: unknown }) => JSON.stringify(input).includes(trigger.requestKey);
    world.faults.add({ activity: 'admit', only, act: fails(FailureType.InvalidRequest, 'no such environment') });
    const workflowId = await run(world, 'delivery', trigger).catch(() => deliveryWorkflowId(trigger.requestKey));
    return { 'delivery-refused': workflowId };
  },

  async function followsAnInstallation(world) {
    const requestKey = '00000000-0000-4000-8000-000000000004';
    const change = { kind: 'installation', requestKey, installationId: 11, account: 'acme', change: 'suspend' };
    return { 'installation-refreshed': await run(world, 'installation', { ...change, actor }) };
  },

  async function checksACommit(world) {
    const requestKey = '00000000-0000-4000-8000-000000000005';
    const repository = { repositoryId: 7, repository: 'acme/shop', installationId: 11, branch: 'main' };
    const asked = { kind: 'commit-check', requestKey, ...repository, commit: 'a'.repeat(40), actor };
    return { 'check-commit-reported': await run(world, 'checkCommit', asked) };
  },

  async function repairs(world) {
    const head = {
      repositoryId: 7,
      repository: 'acme/shop',
      installationId: 11,
      branch: 'gone',
      commit: 'b'.repeat(40),
    };
    world.events.moved.push(head);
    return { 'repair-moved-head': await run(world, 'repairDeliveries', { requestKey: 'repair' }) };
  },

  async function forgets(world) {
    return {
      'forget-old': await run(world, 'forgetOld', {
        requestKey: 'forget-old',
        auditMs: 34_560_000_000,
        deliveriesMs: null,
      }),
    };
  },

  async function isPaused(world) {
    const way = journey('paused');
    const held = Promise.withResolvers<undefined>();
    world.faults.add({ place: 'host-a', activity: 'switchTo', only: way.only, act: () => held.promise });
    const handle = await start(world, way);
    await eventually('the switch', () => world.faults.callsOf('switchTo', 'host-a').some(way.only) || undefined);
    const deployment = world.client.workflow.getHandle<typeof deploymentWorkflow>(way.deployment);
    const by = { kind: 'github', name: 'ann' } as const;
    await deployment.executeUpdate(pauseDeployment, { args: [{ by, reason: 'an incident' }] });
    held.resolve(undefined);
    const environment = world.client.workflow.getHandle<typeof environmentWorkflow>(way.environment);
    await eventually('the queue to be told', async () => (await environment.query(environmentState)).halted);
    await deployment.executeUpdate(resumeDeployment, { args: [{ by }] });
    await handle.result();
    return { 'deployment-paused': way.deployment, 'environment-halted': way.environment };
  },

  async function hasItsStepsDecided(world) {
    const way = journey('decided');
    const { run } = way.input.settings;
    const settings = { ...way.input.settings, run: { ...run, release: { command: ['migrate'], timeoutMs: 600_000 } } };
    const environments = way.input.environments.map((one) => ({ ...one, onFailure: { waitMs: 600_000 } }));
    const act = fails(FailureType.ReleaseCommandFailed, 'exited with code 3');
    const mend = world.faults.add({ activity: 'runOnce', only: way.only, act });
    const port = world.faults.add({ place: 'host-b', activity: 'switchTo', only: way.only, act: fails(FailureType.PortTaken, 'taken') }); // prettier-ignore
    const handle = await start(world, { ...way, input: { ...way.input, settings, environments } });
    const deployment = world.client.workflow.getHandle<typeof deploymentWorkflow>(way.deployment);
    const decide = async (step: 'release' | 'switch', decision: 'retry' | 'skip', before?: () => void) => {
      await eventually(`${step} to wait`, async () => {
        const { failed = [] } = await deployment.query(deploymentProgress);
        return failed.some((one) => one.step === step);
      });
      before?.();
      const by = { kind: 'github', name: 'ann' } as const;
      await deployment.executeUpdate(decideStep, { args: [{ step, decision, by, reason: 'as recorded' }] });
    };
    await decide('release', 'retry');
    await decide('release', 'skip', mend);
    await decide('switch', 'retry', port);
    await handle.result();
    return { 'deployment-decided': way.deployment };
  },

  async function environmentIsCancelled(world) {
    const way = journey('environment-cancelled');
    world.faults.add({ place: 'host-a', activity: 'switchTo', only: way.only, act: hangs });
    const handle = await start(world, way);
    await eventually('the switch', () => world.faults.callsOf('switchTo', 'host-a').some(way.only) || undefined);
    await world.client.workflow.getHandle(way.environment).cancel();
    await handle.result();
    return { 'environment-cancelled': way.environment };
  },

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
    return { 'release-approval-expired-with-check': way.release, 'release-reminded': way.release };
  },

  // Where a login and a token of one name were two people, it was approved before Ben was asked.
  async function isApprovedThroughTwoDoors(world) {
    const from = { users: ['ann', 'token:ann', 'ben'], teams: [], permission: null };
    const way = asking('doors', { from, count: 2 });
    const handle = await start(world, way);
    await decide(world, way, 'approve');
    const token = await decide(world, way, 'approve', { kind: 'token', name: 'ann' });
    if (token.state === 'waiting') await decide(world, way, 'approve', { kind: 'github', name: 'ben' });
    await handle.result();
    return { 'release-approved-through-two-doors': way.release, 'release-approved-by-two': way.release };
  },

  async function isDeployedByComment(world) {
    const way = asking('commented');
    world.gitHub.permissions.set('ann', 'write');
    const draft = releaseDraft({ key: way.input.key, content: 'commented', environments: way.input.environments });
    world.repository.push('main', draft);
    const deploy = comment(1, 'commented');
    const workflowId = commandWorkflowId(deploy.orderId);
    const handle = await world.client.workflow.start('command', {
      taskQueue: CONTROL_QUEUE,
      workflowId,
      args: [deploy],
    });
    const started = await eventually('the release', () =>
      [...world.records.releases.values()].find(({ key }) => key.service === 'commented'),
    );
    await eventually('the gate to be told', () =>
      world.people.replies.get(deploy.orderId)?.at(-1)?.includes('/approve'),
    );
    const release = releaseWorkflowId(started.key, started.commit, started.sequence);
    await decide(world, { ...way, input: started, release }, 'approve');
    await handle.result();
    const refused = comment(2, 'commented');
    refused.actor.name = 'eve';
    await world.client.workflow.execute('command', {
      taskQueue: CONTROL_QUEUE,
      workflowId: commandWorkflowId(refused.orderId),
      args: [refused],
    });
    const closed = { kind: 'pull-request-closed', orderId: 'comment-7-12-x', repositoryId: 7, repository: 'acme/shop', number: 12, actor: refused.actor }; // prettier-ignore
    const closing = deliveryWorkflowId('00000000-0000-4000-8000-000000000002');
    await world.client.workflow.execute('pullRequestClosed', {
      taskQueue: CONTROL_QUEUE,
      workflowId: closing,
      args: [closed],
    });
    return {
      'command-deployed': workflowId,
      'command-refused': commandWorkflowId(refused.orderId),
      'release-followed': release,
      'pull-request-closed': closing,
    };
  },

  async function waitsForALock(world) {
    const way = journey('locked');
    const by = { kind: 'github', name: 'ann' } as const;
    const environment = await world.client.workflow.start<typeof environmentWorkflow>('environment', {
      taskQueue: CONTROL_QUEUE,
      workflowId: way.environment,
      args: [{ key: { ...way.input.key, environment: 'production' } }],
    });
    await environment.executeUpdate(pauseEnvironment, { args: [{ by, reason: 'upgrade' }] });
    await environment.executeUpdate(lockEnvironment, { args: [{ by, reason: 'mine', forMs: 1_000 }] });
    const handle = await start(world, way);
    await eventually(
      'the deployment to wait',
      async () => (await environment.query(environmentState)).waiting.length > 0,
    );
    await environment.executeUpdate(resumeEnvironment, { args: [{ by }] });
    await handle.result();
    await environment.executeUpdate(unlockEnvironment, { args: [{ by, force: false }] });
    return { 'environment-locked': way.environment };
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

  async function isClickedOn(world) {
    const key = { project: 'shop', service: 'clicked', environment: 'production' };
    const version = { commit: 'a'.repeat(40), image: 'registry.test/shop/clicked', digest: `sha256:${'b'.repeat(64)}` };
    const live = { ...version, deploymentId: deploymentId(key, 2), sequence: 2, generation: 2 };
    const previous = { ...version, deploymentId: deploymentId(key, 1), sequence: 1, generation: 1 };
    world.environments.set(key, { live, previous });
    world.gitHub.permissions.set('ann', 'write');
    const clicked = click(4, live.deploymentId, 'ann');
    const refused = click(5, live.deploymentId, 'eve');
    for (const args of [clicked, refused]) {
      await world.client.workflow.execute('checkClick', {
        ...{ taskQueue: CONTROL_QUEUE, workflowId: args.requestKey, args: [args] },
      });
    }
    return { 'check-click-roll-back': clicked.requestKey, 'check-click-refused': refused.requestKey };
  },

  async function isRunAgainAsAWhole(world) {
    const id = '00000000-0000-4000-8000-000000000016';
    world.gitHub.permissions.set('ann', 'write');
    world.gitHub.suites.set(16, [
      { checkRunId: 61, subject: { kind: 'deployment', id: 'shop.again.production.1' } },
      { checkRunId: 62, subject: { kind: 'build', id: 'shop.again.1' } },
      { checkRunId: 63, subject: { kind: 'gate', id: 'github.actions.7.456.production' } },
    ]);
    const asked: SuiteClick = {
      ...{ kind: 'check-suite', requestKey: deliveryWorkflowId(id), orderId: id, checkSuiteId: 16, repositoryId: 7 },
      ...{
        repository: 'acme/shop',
        installationId: 11,
        commit: 'a'.repeat(40),
        actor: { kind: 'github', name: 'ann' },
      },
    };
    await world.client.workflow.execute('suiteClick', {
      ...{ taskQueue: CONTROL_QUEUE, workflowId: asked.requestKey, args: [asked] },
    });
    return { 'suite-click-again': asked.requestKey };
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
];

const requestKey = (number: number) => deliveryWorkflowId(`00000000-0000-4000-8000-00000000001${String(number)}`);

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
    ...{ kind: 'protection', requestKey: requestKey(number), repositoryId: 7, repository: 'acme/shop' },
    ...{ installationId: 11, runId: 456, environment, commit: 'a'.repeat(40), ref: 'main', event: 'push' },
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

function click(number: number, id: string, login: string): CheckClick {
  return {
    ...{ kind: 'check', requestKey: requestKey(number), orderId: `click-${String(number)}`, repositoryId: 7 },
    ...{ repository: 'acme/shop', installationId: 11, checkRunId: number, subject: { kind: 'deployment', id } },
    ...{ wanted: 'roll-back', commit: 'a'.repeat(40), actor: { kind: 'github', name: login } },
  };
}

const ASKS_ANN: ApprovalSettings = {
  ...{ from: { users: ['ann'], teams: [], permission: null }, count: 1, selfReview: false },
  ...{ remindAfterMs: null, escalateAfterMs: null, escalateTo: null, expireAfterMs: 3_600_000 },
};

/** `/deploy` of a service, by somebody on a pull request. */
function comment(commentId: number, service: string) {
  const conversation = {
    repositoryId: 7,
    repository: 'acme/shop',
    installationId: 11,
    number: 12,
    isPullRequest: true,
  };
  return {
    ...{ kind: 'command' as const, orderId: `comment-7-12-${commentId}`, conversation, commentId, commentedAt: 1 },
    asked: { kind: 'command' as const, command: { verb: 'deploy' as const, service: null, environment: service } },
    actor: { kind: 'github' as const, name: 'ann' },
  };
}

const actor = { kind: 'github', name: 'octocat' } as const;

const push = (requestKey: string, branch: string) => ({
  ...{ kind: 'push', requestKey, repositoryId: 7, repository: 'acme/shop', installationId: 11, branch, actor },
});

/** @returns its workflow id */
async function run(
  { client }: ReplayWorld,
  type: string,
  input: Readonly<Record<'requestKey', string> & Record<string, unknown>>,
): Promise<string> {
  const workflowId = deliveryWorkflowId(input.requestKey);
  await client.workflow.execute(type, { taskQueue: CONTROL_QUEUE, workflowId, args: [input] });
  return workflowId;
}

/** A journey to a production that asks for approval first. */
function asking(service: string, approval: Partial<ApprovalSettings> = {}) {
  const way = journey(service);
  const gate: ApprovalSettings = { ...ASKS_ANN, ...approval };
  const environments = way.input.environments.map((one) => ({ ...one, approval: gate }));
  return { ...way, input: { ...way.input, environments } };
}

async function decide(
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
