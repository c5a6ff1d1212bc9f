import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Trigger } from '../../../contracts/admission/delivery.ts';
import { deliveryWorkflowId, deploymentId, releaseWorkflowId } from '../../../contracts/core/ids.ts';
import { FailureType } from '../../../contracts/core/failures.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import type { delivery } from '../../../workflows/admission/admission.workflow.ts';
import type { release } from '../../../workflows/release/release.workflow.ts';
import { eventually } from '../../support/eventually.ts';
import { fails } from '../../support/simulation/faults.ts';
import { environmentSettings, releaseDraft } from '../../support/simulation/fixtures.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

const HOSTS = ['host-a', 'host-b'];
let world: World;

beforeAll(async () => {
  world = await startWorld({ hosts: HOSTS, builders: ['builder'] });
});

const push = (branch: string): Trigger => ({
  kind: 'push',
  requestKey: randomUUID(),
  repositoryId: '7',
  repository: 'acme/shop',
  installationId: '11',
  branch,
  actor: { kind: 'github', name: 'octocat' },
});

const deliver = (trigger: Trigger) =>
  world.client.workflow.execute<typeof delivery>('delivery', {
    taskQueue: CONTROL_QUEUE,
    workflowId: deliveryWorkflowId(trigger.requestKey),
    args: [trigger],
  });

/** Moves a branch of the repository to a commit of the service with the same name. */
function commit(service: string): void {
  const key = { project: 'shop', service };
  const environments = [environmentSettings('production', HOSTS)];
  world.repository.push(service, releaseDraft({ key, content: service, environments }));
}

async function ended(releaseId: string) {
  const input = await eventually(`${releaseId} to begin`, () => world.records.releases.get(releaseId));
  const { key, commit, sequence } = input;
  const handle = world.client.workflow.getHandle<typeof release>(releaseWorkflowId(key, commit, sequence));
  return { input, result: await handle.result() };
}

describe('a delivery', () => {
  test('of a push lands: built once, pushed, and serving on every host [B4][B8]', async () => {
    commit('lands');
    const trigger = push('lands');
    const { released } = await deliver(trigger);
    expect(released).toHaveLength(1);
    const { input, result } = await ended(released[0] ?? '');

    const key = { ...input.key, environment: 'production' };
    const id = deploymentId(key, input.sequence);
    const urls = ['http://host-a:20080', 'http://host-b:20080'];
    expect(result).toEqual({
      outcome: 'completed',
      stages: [{ environment: 'production', deploymentId: id, state: 'live', urls }],
    });
    const serving = [...world.hosts.values()].map((host) => host.serving(key));
    const [built] = world.records.buildStates(input.releaseId).filter(({ state }) => state === 'completed');
    expect(serving).toEqual([built?.digest, built?.digest]);
    expect(world.gitHub.states(id).at(-1)).toBe('success');
    const decision = { shouldDeploy: true, environment: 'production', releaseId: input.releaseId, reason: null };
    expect((await kept(trigger)).decisions).toMatchObject([{ ...decision, imageTag: input.commit }]);
    expect(world.records.deploymentStates(id).at(-1)).toMatchObject({
      state: 'live',
      urls: expect.any(Array) as unknown,
    });
  });

  test('that comes twice is one workflow, and one release [B1]', async () => {
    commit('twice');
    const trigger = push('twice');
    const first = await deliver(trigger);
    // The API gets this error for its start, and takes it for success.
    const options = { taskQueue: CONTROL_QUEUE, workflowIdReusePolicy: 'REJECT_DUPLICATE', args: [trigger] } as const;
    const again = world.client.workflow.start<typeof delivery>('delivery', {
      ...options,
      workflowId: deliveryWorkflowId(trigger.requestKey),
    });
    await expect(again).rejects.toMatchObject({ name: 'WorkflowExecutionAlreadyStartedError' });
    expect(first.released).toHaveLength(1);
    expect(world.faults.callsOf('admit').filter(({ input }) => isAbout(input, trigger))).toHaveLength(1);
  });

  test('that is begun again after a crash starts no second release of the same admission [F1]', async () => {
    commit('again');
    const trigger = push('again');
    const first = await deliver(trigger);
    await ended(first.released[0] ?? '');
    const second = await deliver(trigger);
    expect(second).toEqual(first);
    expect(releasesOf('again')).toEqual(first.released);
    const built = [...world.builders.values()].flatMap(({ effects }) => effects);
    expect(built.filter((effect) => effect === `build ${first.released[0] ?? ''}`)).toHaveLength(1);
  });

  test('of a head that another delivery has brought already releases nothing, and says so [B1]', async () => {
    commit('head');
    const [one, other] = await Promise.all([deliver(push('head')), deliver(push('head'))]);
    const released = [...one.released, ...other.released];
    expect(released).toHaveLength(1);
    expect([...one.skipped, ...other.skipped]).toEqual([`${released[0] ?? ''} already brings this commit`]);
    await ended(released[0] ?? '');
    expect(releasesOf('head')).toEqual(released);
  });

  test('about a branch that is gone ends without a release [B4]', async () => {
    const trigger = push('gone');
    expect(await deliver(trigger)).toMatchObject({ released: [], skipped: ['the branch gone is gone'] });
    expect(await kept(trigger)).toMatchObject({
      ...{ cause: 'push', actor: 'github:octocat', repositoryId: '7' },
      decisions: [{ shouldDeploy: false, reason: 'branch_gone', detail: 'the branch gone is gone' }],
    });
  });
});

describe('the decision', () => {
  test('about a request that is refused is kept with the words of the refusal [E1]', async () => {
    const trigger: Trigger = {
      ...{ kind: 'request', requestKey: randomUUID(), project: 'shop', service: 'refused', environment: 'production' },
      ...{ ref: null, actor: { kind: 'token', name: 'ada' } },
    };
    const only = ({ input }: { readonly input: unknown }) => isAbout(input, trigger);
    world.faults.add({ activity: 'admit', only, act: fails(FailureType.InvalidRequest, 'no such environment') });
    await expect(deliver(trigger)).rejects.toThrow();
    expect((await kept(trigger)).decisions).toMatchObject([
      { shouldDeploy: false, reason: 'refused', detail: 'no such environment', service: 'refused' },
    ]);
  });

  test('is kept later when the store is away, and nobody waits for that [E1]', async () => {
    commit('store-away');
    const trigger = push('store-away');
    const only = ({ input }: { readonly input: unknown }) => isAbout(input, trigger);
    const mended = world.faults.add({ activity: 'tell', only, act: fails(FailureType.StoreUnavailable, 'away') });
    expect((await deliver(trigger)).released).toHaveLength(1);
    expect(world.records.decisions.has(trigger.requestKey)).toBe(false);
    mended();
    expect((await kept(trigger)).decisions).toHaveLength(1);
  });
});

const kept = (trigger: Trigger) =>
  eventually('the decisions to be kept', () => world.records.decisions.get(trigger.requestKey));
const isAbout = (input: unknown, trigger: Trigger) => JSON.stringify(input).includes(trigger.requestKey);
const releasesOf = (service: string) =>
  [...world.records.releases.keys()].filter((id) => id.startsWith(`shop.${service}.`));
