/** People's orders by comment and by click, as histories. */
import type { GitHubId } from '../../contracts/core/github-id.ts';
import type { CheckClick, SuiteClick } from '../../contracts/github/check-run.ts';
import { commandWorkflowId, deliveryWorkflowId, deploymentId, releaseWorkflowId } from '../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../contracts/core/queues.ts';
import { eventually } from '../support/eventually.ts';
import { releaseDraft } from '../support/simulation/fixtures.ts';
import { asking, decide, requestKey } from './journey.ts';
import type { Scenario } from './journey.ts';

export const ORDER_SCENARIOS: readonly Scenario[] = [
  async function isDeployedByComment(world) {
    const way = asking('commented');
    world.gitHub.permissions.set('ann', 'write');
    const draft = releaseDraft({ key: way.input.key, content: 'commented', environments: way.input.environments });
    world.repository.push('main', draft);
    const deploy = comment('1', 'commented');
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
    const refused = comment('2', 'commented');
    refused.actor.name = 'eve';
    await world.client.workflow.execute('command', {
      taskQueue: CONTROL_QUEUE,
      workflowId: commandWorkflowId(refused.orderId),
      args: [refused],
    });
    const closed = {
      kind: 'pull-request-closed',
      orderId: 'comment-7-12-x',
      repositoryId: '7',
      repository: 'acme/shop',
      number: 12,
      actor: refused.actor,
    };
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

  async function isAskedForTheStatus(world) {
    world.gitHub.permissions.set('ann', 'write');
    const asked = comment('3', '');
    const workflowId = commandWorkflowId(asked.orderId);
    await world.client.workflow.execute('command', {
      ...{ taskQueue: CONTROL_QUEUE, workflowId },
      args: [{ ...asked, asked: { kind: 'command', command: { verb: 'status', service: null, environment: null } } }],
    });
    return { 'command-status': workflowId };
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
    world.gitHub.suites.set('16', [
      { checkRunId: '61', subject: { kind: 'deployment', id: 'shop.again.production.1' } },
      { checkRunId: '62', subject: { kind: 'build', id: 'shop.again.1' } },
      { checkRunId: '63', subject: { kind: 'gate', id: 'github.actions.7.456.production' } },
    ]);
    const asked: SuiteClick = {
      ...{
        kind: 'check-suite',
        requestKey: deliveryWorkflowId(id),
        orderId: id,
        checkSuiteId: '16',
        repositoryId: '7',
      },
      ...{ repository: 'acme/shop', installationId: '11', commit: 'a'.repeat(40) },
      actor: { kind: 'github', name: 'ann' },
    };
    await world.client.workflow.execute('suiteClick', {
      ...{ taskQueue: CONTROL_QUEUE, workflowId: asked.requestKey, args: [asked] },
    });
    return { 'suite-click-again': asked.requestKey };
  },
];

function click(number: number, id: string, login: string): CheckClick {
  return {
    ...{ kind: 'check', requestKey: requestKey(number), orderId: `click-${String(number)}`, repositoryId: '7' },
    ...{
      repository: 'acme/shop',
      installationId: '11',
      checkRunId: String(number),
      subject: { kind: 'deployment', id },
    },
    ...{ wanted: 'roll-back', commit: 'a'.repeat(40), actor: { kind: 'github', name: login } },
  };
}

/** `/deploy` of a service, in a comment on a pull request. */
function comment(commentId: GitHubId, service: string) {
  const conversation = {
    repositoryId: '7',
    repository: 'acme/shop',
    installationId: '11',
    number: 12,
    isPullRequest: true,
  };
  return {
    ...{ kind: 'command' as const, orderId: `comment-7-12-${commentId}`, conversation, commentId, commentedAt: 1 },
    asked: { kind: 'command' as const, command: { verb: 'deploy' as const, service: null, environment: service } },
    actor: { kind: 'github' as const, name: 'ann' },
  };
}
