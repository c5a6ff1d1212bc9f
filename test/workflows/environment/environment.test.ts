import { beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { DeploymentRequest } from '../../../contracts/deployment/deployment.ts';
import { FailureType } from '../../../contracts/core/failures.ts';
import { deploymentWorkflowId, environmentId } from '../../../contracts/core/ids.ts';
import { SearchAttributes } from '../../../contracts/core/search-attributes.ts';
import type { deployment } from '../../../workflows/deployment/deployment.workflow.ts';
import { cancelDeployment, environmentState } from '../../../workflows/messages/environment.messages.ts';
import type { environment } from '../../../workflows/environment/environment.workflow.ts';
import { eventually } from '../../support/eventually.ts';
import { fails, holdDeployment } from '../../support/simulation/faults.ts';
import { deploymentRequest } from '../../support/simulation/fixtures.ts';
import { askEnvironment } from '../../support/simulation/scene.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a'] });
});

/** One environment, and requests for it by number. */
function environmentOf(service: string) {
  const key = { project: 'shop', service, environment: 'production' };
  const request = (sequence: number, byName = false): DeploymentRequest => ({
    ...deploymentRequest({ key, sequence, hosts: ['host-a'] }),
    byName,
  });
  const ask = (sequence: number, byName = false) => askEnvironment(world.client, request(sequence, byName));
  const idOf = (sequence: number) => request(sequence).deploymentId;
  return { key, request, ask, idOf };
}

const stateOf = (handle: WorkflowHandle<typeof environment>) => handle.query(environmentState);
const outcomeOf = (deploymentId: string) => world.records.deploymentStates(deploymentId).at(-1)?.state;
const cancelsOf = (deploymentId: string) =>
  world.records.audit.filter(({ action, subject }) => action === 'deployment.cancel' && subject === deploymentId);

const ended = (deploymentId: string, outcome: string) =>
  eventually(`${deploymentId} to be ${outcome}`, () => outcomeOf(deploymentId) === outcome);
/** Its state once nothing runs or waits any more. */
const atRest = (handle: WorkflowHandle<typeof environment>) =>
  eventually('the environment to come to rest', async () => {
    const state = await stateOf(handle);
    return state.running === null && state.waiting.length === 0 && state;
  });
const deploymentHandle = (id: string) => world.client.workflow.getHandle<typeof deployment>(deploymentWorkflowId(id));

const hold = (deploymentId: string) => holdDeployment(world.faults, deploymentId);

describe('an environment', () => {
  test('runs one deployment at a time, in order, and tells who waits where and why [E9][F2]', async () => {
    const { key, ask, idOf, request } = environmentOf('queue');
    const first = hold(idOf(1));
    const handle = await ask(1);
    await first.arrived;
    await ask(2);
    await ask(3);
    expect(await stateOf(handle)).toMatchObject({
      running: idOf(1),
      live: null,
      waiting: [
        { deploymentId: idOf(2), position: 1, why: `behind ${idOf(1)}` },
        { deploymentId: idOf(3), position: 2, why: `behind ${idOf(2)}` },
      ],
    });
    first.goOn();
    await ended(idOf(3), 'live');
    const order = world.faults.callsOf('prepare').filter(({ input }) => JSON.stringify(input).includes('shop.queue.'));
    expect(order.map(({ input }) => (input as DeploymentRequest).deploymentId)).toEqual([idOf(1), idOf(2), idOf(3)]);
    await eventually('what is live to be told', () => world.records.live(environmentId(key))?.live.sequence === 3);
    const { live, previous } = await atRest(handle);
    expect([live?.digest, previous?.digest]).toEqual([request(3).digest, request(2).digest]);
    expect(world.records.live(environmentId(key))).toEqual({ live, previous });
  });

  test('gives each deployment a higher generation than the one before, the fence at the target [F1]', async () => {
    const { ask, idOf } = environmentOf('fence');
    await ask(1);
    await ended(idOf(1), 'live');
    await ask(2);
    await ended(idOf(2), 'live');
    const generations = [1, 2].map((n) => world.records.deploymentStates(idOf(n)).at(-1)?.generation ?? 0);
    expect(generations[1]).toBe((generations[0] ?? 0) + 1);
    // Above whatever an environment that lost its history could have left behind.
    expect(generations[0]).toBeGreaterThan(1_700_000_000);
  });

  test('takes the same request again for the one that it has: waiting, running or ended [F1]', async () => {
    const { ask, idOf } = environmentOf('twice');
    const first = hold(idOf(1));
    const handle = await ask(1);
    await first.arrived;
    await Promise.all([ask(1), ask(2), ask(2), ask(2)]);
    expect((await stateOf(handle)).waiting).toHaveLength(1);
    first.goOn();
    await ended(idOf(2), 'live');
    await ask(1);
    await ask(2);
    await atRest(handle);
    expect(
      world.faults.callsOf('prepare').filter(({ input }) => JSON.stringify(input).includes('shop.twice.')),
    ).toHaveLength(2);
  });

  test('never goes backwards, unless that very commit was asked for by name [E9]', async () => {
    const { ask, idOf } = environmentOf('backwards');
    await ask(5);
    await ended(idOf(5), 'live');
    const handle = await ask(3);
    await ended(idOf(3), 'superseded');
    expect((await atRest(handle)).live?.sequence).toBe(5);
    expect(world.faults.callsOf('switchTo').filter(({ input }) => JSON.stringify(input).includes(idOf(3)))).toEqual([]);

    await ask(4, true);
    await ended(idOf(4), 'live');
    expect(await atRest(handle)).toMatchObject({ live: { sequence: 4 }, previous: { sequence: 5 } });
  });

  test('shows on GitHub as queued only what waits, and then every state in order [A3]', async () => {
    const { ask, idOf } = environmentOf('shown');
    const [first, second] = [hold(idOf(1)), hold(idOf(2))];
    await ask(1);
    await first.arrived;
    await ask(2);
    await eventually('GitHub to show it as queued', () => world.gitHub.states(idOf(2)).includes('queued'));
    first.goOn();
    await second.arrived;
    await eventually('GitHub to show it as pending', () => world.gitHub.states(idOf(2)).includes('pending'));
    second.goOn();
    await eventually('GitHub to show success', () => world.gitHub.states(idOf(2)).includes('success'));
    expect(world.gitHub.states(idOf(2))).toEqual(['queued', 'pending', 'in_progress', 'success']);
    expect(world.gitHub.states(idOf(1))).not.toContain('queued');
    expect([1, 2].map((n) => world.gitHub.deployments(idOf(n)).length)).toEqual([1, 1]);
  });

  test('takes a waiting deployment out of the queue when it is cancelled, and says so [A8][B10]', async () => {
    const { ask, idOf } = environmentOf('leave');
    const first = hold(idOf(1));
    const handle = await ask(1);
    await first.arrived;
    await ask(2);
    await ask(3);
    await handle.signal(cancelDeployment, {
      deploymentId: idOf(2),
      by: { kind: 'github', name: 'octocat' },
      reason: 'not needed',
    });
    await ended(idOf(2), 'cancelled');
    expect(cancelsOf(idOf(2))).toMatchObject([{ actor: 'github:octocat', detail: 'not needed' }]);
    expect((await stateOf(handle)).waiting).toMatchObject([{ deploymentId: idOf(3), position: 1 }]);
    await eventually('GitHub to show it as inactive', () => world.gitHub.states(idOf(2)).at(-1) === 'inactive');
    first.goOn();
    await ended(idOf(3), 'live');
  });

  test('has a running deployment undone when it is cancelled, and goes on with the next; who did it first is on record once [A8][B10]', async () => {
    const { key, ask, idOf } = environmentOf('undo');
    const first = hold(idOf(1));
    const handle = await ask(1);
    await first.arrived;
    await ask(2);
    for (const name of ['octocat', 'ben']) {
      const by = { kind: 'github', name } as const;
      await handle.signal(cancelDeployment, { deploymentId: idOf(1), by, reason: 'not needed' });
    }
    first.goOn();
    await ended(idOf(1), 'cancelled');
    expect(cancelsOf(idOf(1))).toMatchObject([{ actor: 'github:octocat', detail: 'not needed' }]);
    await ended(idOf(2), 'live');
    expect((await atRest(handle)).previous).toBeNull();
    expect(world.hosts.get('host-a')?.replicas(key)).toEqual([idOf(2)]);
  });

  test('takes two rollbacks by hand to the same version at once: both end, it serves, and is held [E6][E9]', async () => {
    const { key, ask, idOf, request } = environmentOf('two-ways-back');
    await ask(1);
    await ended(idOf(1), 'live');
    await ask(2);
    await ended(idOf(2), 'live');
    const { commit, image, digest } = request(1);
    const people = [3, 4] as const;
    const back = (sequence: number) => ({
      ...request(sequence, true),
      ...{ commit, image, digest, byHand: true, rollbackTo: idOf(1) },
      actor: { kind: 'github', name: `person-${sequence}` } as const,
    });

    const [handle] = await Promise.all([askEnvironment(world.client, back(3)), askEnvironment(world.client, back(4))]);

    for (const n of people) await ended(idOf(n), 'live');
    const { live, previous, hold: kept } = await atRest(handle);
    expect([live?.digest, previous?.digest]).toEqual([digest, digest]);
    expect(new Set([live?.deploymentId, previous?.deploymentId])).toEqual(new Set(people.map(idOf)));
    expect(kept).toMatchObject({ deploymentId: live?.deploymentId, by: { name: `person-${live?.sequence ?? 0}` } });
    expect(world.hosts.get('host-a')?.serving(key)).toBe(digest);
  });

  test('is blocked by no deployment that fails, however many there are [E9]', async () => {
    const { ask, idOf } = environmentOf('poison');
    const poison = [1, 2, 3, 4];
    world.faults.add({
      activity: 'prepare',
      only: ({ input }) => poison.some((n) => JSON.stringify(input).includes(`"${idOf(n)}"`)),
      act: fails(FailureType.ImageNotFound, 'the registry has no such image'),
    });
    for (const n of poison) await ask(n);
    const handle = await ask(5);
    await ended(idOf(5), 'live');
    expect(poison.map((n) => outcomeOf(idOf(n)))).toEqual(poison.map(() => 'failed'));
    expect((await atRest(handle)).previous).toBeNull();
  });

  test('goes on after a deployment that was ended by force, and says that nobody knows what runs', async () => {
    const { ask, idOf } = environmentOf('force');
    const first = hold(idOf(1));
    await ask(1);
    await first.arrived;
    await ask(2);
    await deploymentHandle(idOf(1)).terminate('somebody lost patience');
    await ended(idOf(1), 'rollback_failed');
    first.goOn();
    await ended(idOf(2), 'live');
    expect(world.records.deploymentStates(idOf(1)).at(-1)?.failure?.message).toContain(
      'The running version is unknown',
    );
    await eventually('GitHub to show an error', () => world.gitHub.states(idOf(1)).at(-1) === 'error');
    expect(world.gitHub.deployments(idOf(1))).toHaveLength(1);
  });

  test('can be found, with its deployments, by what they are about [F2]', async () => {
    const { key, ask, idOf, request } = environmentOf('found');
    await ask(1);
    await ended(idOf(1), 'live');
    const { typedSearchAttributes, memo, staticSummary } = await eventually('its description', async () => {
      const description = await deploymentHandle(idOf(1)).describe();
      return { ...description, staticSummary: await description.staticSummary() };
    });
    expect(memo).toEqual({ subject: 'Change found 1', actor: 'octocat', page: `/deployments/${idOf(1)}` });
    expect(staticSummary).toBe(`shop/found ${request(1).commit.slice(0, 7)} → production`);
    const { project, service, environment, commit, state } = SearchAttributes;
    expect([project, service, environment, commit, state].map((one) => typedSearchAttributes.get(one))).toEqual([
      ...['shop', key.service, 'production', request(1).commit, 'live'],
    ]);
  });
});
