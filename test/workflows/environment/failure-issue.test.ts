import { beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { DeploymentRequest } from '../../../contracts/deployment/deployment.ts';
import { FailureType } from '../../../contracts/core/failures.ts';
import { cancelDeployment, environmentState } from '../../../workflows/messages/environment.messages.ts';
import type { environment } from '../../../workflows/environment/environment.workflow.ts';
import { eventually } from '../../support/eventually.ts';
import { fails } from '../../support/simulation/faults.ts';
import { deploymentRequest } from '../../support/simulation/fixtures.ts';
import { askEnvironment } from '../../support/simulation/scene.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a'] });
});

/** One environment whose failures are reported by issues, and requests for it by number. */
function environmentOf(service: string, changes: Partial<DeploymentRequest['environment']> = {}) {
  const key = { project: 'shop', service, environment: 'production' };
  const request = (sequence: number): DeploymentRequest => {
    const asked = deploymentRequest({ key, sequence, hosts: ['host-a'] });
    return { ...asked, environment: { ...asked.environment, issues: true, ...changes } };
  };
  const idOf = (sequence: number) => request(sequence).deploymentId;
  const outcomeOf = (sequence: number) => world.records.deploymentStates(idOf(sequence)).at(-1)?.state;
  return {
    ...{ key, request, idOf },
    /** @returns once it has ended like this and nothing runs or waits any more */
    async deploy(sequence: number, outcome: string) {
      const handle = await askEnvironment(world.client, request(sequence));
      await eventually(`${idOf(sequence)} to be ${outcome}`, () => outcomeOf(sequence) === outcome);
      await eventually('the environment to come to rest', async () => {
        const { running, waiting } = await handle.query(environmentState);
        return running === null && waiting.length === 0;
      });
      return handle;
    },
    /** From now on the activity fails for these deployments. */
    breaks: (activity: string, sequences: readonly number[], type: FailureType = FailureType.ImageNotFound) =>
      world.faults.add({
        activity,
        only: ({ input }) => sequences.some((n) => JSON.stringify(input).includes(`"${idOf(n)}"`)),
        act: fails(type, 'it does not work'),
      }),
    /** Its issues: the deployments that each reports, and the one that closed it. */
    issues: () =>
      world.gitHub.issues(key).map(({ cause, failures, closedBy }) => ({
        cause,
        outcomes: failures.map(({ deploymentId, outcome }) => `${deploymentId} ${outcome}`),
        closedBy: closedBy?.deploymentId ?? null,
      })),
  };
}

const activitiesOf = async (handle: WorkflowHandle<typeof environment>) =>
  ((await handle.fetchHistory()).events ?? []).flatMap(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name ?? [],
  );

/** Lets the history grow until Temporal suggests a new run. */
async function renew(handle: WorkflowHandle<typeof environment>): Promise<void> {
  const { runId } = await handle.describe();
  const say = (reason: string) =>
    handle.signal(cancelDeployment, { deploymentId: 'none', by: { kind: 'github', name: 'test' }, reason });
  for (let n = 0; n < 10; n += 1) await say('x'.repeat(500_000));
  await eventually('a new run', async () => {
    await say('');
    return (await handle.describe()).runId !== runId;
  });
}

/** Calls about this service. */
const callsOf = (activity: string, service: string) =>
  world.faults.callsOf(activity).filter(({ input }) => JSON.stringify(input).includes(`shop.${service}.`));

describe('an environment', () => {
  test('tells of failures by one issue per cause, and closes them with the next success [E8]', async () => {
    const { key, idOf, request, deploy, breaks, issues } = environmentOf('told');
    await deploy(1, 'live');
    breaks('prepare', [2, 3]);
    breaks('switchTo', [4], FailureType.PortTaken);
    await deploy(2, 'failed');
    await deploy(3, 'failed');
    await deploy(4, 'rolled_back');
    await eventually('all to be told', () => issues().length === 2);
    expect(issues()).toEqual([
      { cause: 'ImageNotFound', outcomes: [`${idOf(2)} failed`, `${idOf(3)} failed`], closedBy: null },
      { cause: 'PortTaken', outcomes: [`${idOf(4)} rolled_back`], closedBy: null },
    ]);
    expect(world.gitHub.issues(key)[0]?.failures[0]).toMatchObject({
      failure: { message: 'it does not work' },
      before: request(1).commit,
      commit: request(2).commit,
      logPath: `/deployments/${idOf(2)}`,
    });

    const handle = await deploy(5, 'live');
    await eventually('both to be closed', () => issues().every(({ closedBy }) => closedBy === idOf(5)));
    await deploy(6, 'live');
    expect((await activitiesOf(handle)).filter((name) => name === 'closeFailureIssues')).toHaveLength(1);
  });

  test('that only ever succeeds tells nobody of it, at the cost of no event [E8]', async () => {
    const { deploy } = environmentOf('fine');
    await deploy(1, 'live');
    const handle = await deploy(2, 'live');
    expect(await activitiesOf(handle)).toEqual(['recallLive', 'tell', 'tell']);
  });

  test('tells of none that was cancelled, superseded, or is of an environment without issues [E8]', async () => {
    const { key, deploy, request, breaks, issues } = environmentOf('silent');
    await deploy(5, 'live');
    await deploy(4, 'superseded');
    const held = Promise.withResolvers<undefined>();
    world.faults.add({
      activity: 'switchTo',
      only: ({ input }) => JSON.stringify(input).includes(request(6).deploymentId),
      act: () => held.promise,
    });
    const handle = await askEnvironment(world.client, request(6));
    await eventually('it to switch', () => callsOf('switchTo', 'silent').length === 2);
    await handle.signal(cancelDeployment, {
      deploymentId: request(6).deploymentId,
      by: { kind: 'github', name: 'octocat' },
      reason: 'no',
    });
    held.resolve(undefined);
    await deploy(6, 'cancelled');
    breaks('prepare', [8]);
    const quiet = deploymentRequest({ key, sequence: 8, hosts: ['host-a'] });
    await askEnvironment(world.client, quiet);
    await deploy(9, 'live');
    expect(world.records.deploymentStates(quiet.deploymentId).at(-1)?.state).toBe('failed');
    expect(issues()).toEqual([]);
    expect(callsOf('openFailureIssue', 'silent')).toEqual([]);
  });

  test('goes on while GitHub is away, and tells of what still matters when it is back [E8][F1]', async () => {
    const { idOf, deploy, breaks, issues } = environmentOf('away');
    breaks('prepare', [1, 2]);
    const away = world.faults.add({
      activity: 'openFailureIssue',
      at: 'after',
      only: ({ input }) => JSON.stringify(input).includes('shop.away.'),
      act: fails(FailureType.GitHubUnavailable, 'no connection'),
    });
    await deploy(1, 'failed');
    await deploy(2, 'failed');
    await deploy(3, 'live');
    away();
    await eventually('the issue to be closed', () => issues()[0]?.closedBy === idOf(3));
    // The second failure was over before GitHub could hear of it.
    expect(issues()).toEqual([{ cause: 'ImageNotFound', outcomes: [`${idOf(1)} failed`], closedBy: idOf(3) }]);
  });

  test('remembers across its runs that there is an issue to close [E8][F1]', async () => {
    const { idOf, deploy, breaks, issues } = environmentOf('renewed');
    breaks('prepare', [1]);
    const handle = await deploy(1, 'failed');
    await eventually('it to be told', () => issues().length === 1);
    await renew(handle);
    await deploy(2, 'live');
    await eventually('the issue to be closed', () => issues()[0]?.closedBy === idOf(2));
  });

  test('hands over to its next run what GitHub has not heard of [E8][F1]', async () => {
    const { idOf, deploy, breaks, issues } = environmentOf('handed');
    breaks('prepare', [1]);
    const away = world.faults.add({
      activity: 'openFailureIssue',
      only: ({ input }) => JSON.stringify(input).includes('shop.handed.'),
      act: fails(FailureType.GitHubUnavailable, 'no connection'),
    });
    const handle = await deploy(1, 'failed');
    await renew(handle);
    away();
    await eventually('it to be told', () => issues().length === 1);
    expect(issues()).toEqual([{ cause: 'ImageNotFound', outcomes: [`${idOf(1)} failed`], closedBy: null }]);
    expect(callsOf('openFailureIssue', 'handed').at(-1)?.input).toMatchObject({ mayBeTold: true });
  });
});

describe('what a deployment to production supersedes', () => {
  test('is shown as inactive on GitHub, once it is superseded [A3]', async () => {
    const { idOf, deploy, breaks } = environmentOf('retired');
    await deploy(1, 'live');
    breaks('prepare', [2]);
    await deploy(2, 'failed');
    expect(world.gitHub.states(idOf(1)).at(-1)).toBe('success');
    await deploy(3, 'live');
    await eventually('it to be inactive', () => world.gitHub.states(idOf(1)).at(-1) === 'inactive');
    await deploy(4, 'live');
    await eventually('the next one to be inactive', () => world.gitHub.states(idOf(3)).at(-1) === 'inactive');
    expect([1, 2, 4].map((n) => world.gitHub.states(idOf(n)).slice(-2))).toEqual([
      ['success', 'inactive'],
      expect.arrayContaining(['failure']),
      ['in_progress', 'success'],
    ]);
  });

  test('elsewhere is left to GitHub, which does it by itself [A3]', async () => {
    const { idOf, deploy } = environmentOf('staging', { production: false });
    await deploy(1, 'live');
    await deploy(2, 'live');
    await eventually('the second to be told', () => world.gitHub.states(idOf(2)).at(-1) === 'success');
    expect(
      callsOf('reportDeployment', 'staging').filter(({ input }) => JSON.stringify(input).includes('supersedes')),
    ).toEqual([]);
  });
});
