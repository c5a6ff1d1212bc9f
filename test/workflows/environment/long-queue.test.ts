/**
 * A queue may grow while a person holds an environment back. Whatever waits, the environment renews itself and hears
 * people.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { DeploymentRequest } from '../../../contracts/deployment/deployment.ts';
import { environmentWorkflowId, releaseWorkflowId } from '../../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import {
  cancelDeployment,
  environmentState,
  lockEnvironment,
  pauseEnvironment,
  requestDeployment,
  resumeEnvironment,
  unlockEnvironment,
} from '../../../workflows/messages/environment.messages.ts';
import { cancelRelease, yourTurn } from '../../../workflows/messages/release.messages.ts';
import type { environment } from '../../../workflows/environment/environment.workflow.ts';
import type { release } from '../../../workflows/release/release.workflow.ts';
import { eventually } from '../../support/eventually.ts';
import { deploymentRequest, digestOf, environmentSettings, releaseInput } from '../../support/simulation/fixtures.ts';
import { renewingBundle } from './environment-as-specified.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

const ann = { kind: 'github', name: 'ann' } as const;

let world: World;
beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a'] }, renewingBundle());
});

async function pausedEnvironment(service: string) {
  const key = { project: 'shop', service, environment: 'production' };
  const handle: WorkflowHandle<typeof environment> = await world.client.workflow.start<typeof environment>(
    'environment',
    {
      ...{ taskQueue: CONTROL_QUEUE, workflowId: environmentWorkflowId(key), args: [{ key }] },
    },
  );
  await handle.executeUpdate(pauseEnvironment, { args: [{ by: ann, reason: 'an incident' }] });
  const first = (await handle.describe()).runId;
  const cancel = (deploymentId: string) =>
    handle.signal(cancelDeployment, { deploymentId, by: { kind: 'github', name: 'ann' }, reason: '' });
  return {
    ...{ key, handle },
    request: (sequence: number, bytes: number, more: Partial<DeploymentRequest> = {}): DeploymentRequest => {
      const usual = deploymentRequest({ key, sequence, hosts: ['host-a'] });
      const run = { ...usual.settings.run, env: { BIG: 'x'.repeat(bytes) } };
      return { ...usual, settings: { ...usual.settings, run }, ...more };
    },
    ask: (request: DeploymentRequest) => handle.signal(requestDeployment, request),
    idOf: (number: number) => deploymentRequest({ key, sequence: number, hosts: ['host-a'] }).deploymentId,
    /** Sends signals that concern no deployment. */
    grow: () => Promise.all(Array.from({ length: 60 }, () => cancel('none'))),
    cancel,
    resume: () => handle.executeUpdate(resumeEnvironment, { args: [{ by: ann }] }),
    waiting: async () => (await handle.query(environmentState)).waiting.map(({ deploymentId }) => deploymentId),
    renewed: () => eventually('a new run', async () => (await handle.describe()).runId !== first, 60_000),
  };
}

const byName = { byName: true } as const;

test('more than Temporal takes: it renews itself, hears who lets it go on, and runs what it still has the whole of [F1][E9]', async () => {
  const { request, ask, waiting, renewed, resume, handle } = await pausedEnvironment('big');
  // 3 MB, of releases that are gone.
  for (let number = 1; number <= 30; number += 1) await ask(request(number, 100_000, byName));
  await renewed();
  expect(await waiting()).toHaveLength(30);

  await resume();
  await eventually('all to have ended', async () => (await waiting()).length === 0, 60_000);
  const last = (number: number) => world.records.deploymentStates(request(number, 0).deploymentId).at(-1);
  expect(last(1)?.state).toBe('live');
  expect(last(30)).toMatchObject({ state: 'failed', failure: { type: 'WorkflowLost' } });
  expect((await handle.query(environmentState)).running).toBeNull();
}, 300_000);

test('what is kept short is asked of its release when its turn comes, and runs as it was asked for [F1][E9]', async () => {
  const { key, request, ask, renewed, resume, waiting } = await pausedEnvironment('asked');
  for (let number = 1; number <= 12; number += 1) await ask(request(number, 100_000, byName));
  const usual = releaseInput({ key, sequence: 50, environments: [environmentSettings('production', ['host-a'])] });
  const digest = digestOf('the last');
  const settings = { ...usual.settings, run: { ...usual.settings.run, env: { WHOLE: 'yes' } } };
  const image = { image: `registry.test/shop/asked@${digest}`, digest, builder: 'dockerfile' };
  const last = await world.client.workflow.start<typeof release>('release', {
    taskQueue: CONTROL_QUEUE,
    workflowId: releaseWorkflowId(key, usual.commit, 50),
    args: [{ ...usual, ...byName, settings, image }],
  });
  await renewed();
  expect(await waiting()).toHaveLength(13);

  await resume();

  expect(await last.result()).toMatchObject({ outcome: 'completed' });
  const [call] = world.faults.callsOf('switchTo').filter(({ input }) => JSON.stringify(input).includes(digest));
  expect(JSON.stringify(call?.input)).toContain('"WHOLE":"yes"');
}, 300_000);

describe('of one that is kept short', () => {
  /** More than a new run is given whole. */
  const LARGE = 350_000;
  const prepared = (deploymentId: string) =>
    world.faults.callsOf('prepare').filter(({ input }) => JSON.stringify(input).includes(deploymentId)).length;

  test.each(['by people', 'as a workflow'])(
    'the release is cancelled %s when its turn comes: it ends as cancelled, and runs nowhere [F1][F5]',
    async (how) => {
      const { key, grow, renewed, resume, waiting, idOf } = await pausedEnvironment(`cancelled-${how.slice(0, 2)}`);
      const usual = releaseInput({ key, sequence: 50, environments: [environmentSettings('production', ['host-a'])] });
      const run = { ...usual.settings.run, env: { BIG: 'x'.repeat(LARGE) } };
      const digest = digestOf(how);
      const image = { image: `registry.test/shop/${key.service}@${digest}`, digest, builder: 'dockerfile' };
      const its = await world.client.workflow.start<typeof release>('release', {
        taskQueue: CONTROL_QUEUE,
        workflowId: releaseWorkflowId(key, usual.commit, 50),
        args: [{ ...usual, ...byName, settings: { ...usual.settings, run }, image }],
      });
      await eventually('it to wait', async () => (await waiting()).length === 1);
      await grow();
      await renewed();

      const cancel = () =>
        how === 'by people'
          ? its.executeUpdate(cancelRelease, { args: [{ by: { kind: 'github', name: 'ann' }, reason: '' }] })
          : its.cancel();
      await Promise.all([its.signal(yourTurn, { deploymentId: idOf(50) }), cancel()]);

      expect(await its.result()).toMatchObject({ outcome: 'cancelled', stages: [{ state: 'cancelled' }] });
      await resume();
      expect(await waiting()).toEqual([]);
      expect(prepared(idOf(50))).toBe(0);
    },
  );

  test('the release does not answer: whoever cancels it lets the next one go on at once [E9][F1]', async () => {
    const { grow, renewed, resume, waiting, idOf, ask, request, cancel } = await pausedEnvironment('silent');
    const requester = 'release/silent';
    const silent = await world.client.workflow.start('release', {
      ...{ taskQueue: 'nobody listens', workflowId: requester, args: [] },
    });
    await ask(request(1, LARGE, { ...byName, requester }));
    await grow();
    await renewed();
    await resume();
    await eventually('it to be asked for the whole', async () => {
      const { events = [] } = await silent.fetchHistory();
      return events?.some((one) => one.workflowExecutionSignaledEventAttributes?.signalName === yourTurn.name);
    });
    await ask(request(2, 10, byName));
    await eventually('the second one to wait', async () => (await waiting()).length === 2);
    expect(prepared(idOf(2))).toBe(0);

    await cancel(idOf(1));

    const last = (number: number) => world.records.deploymentStates(idOf(number)).at(-1)?.state;
    await eventually('the second one to be live', () => last(2) === 'live', 30_000);
    expect(last(1)).toBe('cancelled');
    expect(prepared(idOf(1))).toBe(0);
  });
});

describe('while it is held back by a lock or freeze', () => {
  test('an automatic deployment takes the place of older automatic ones, and of nothing that somebody named [E9]', async () => {
    const { request, ask, waiting, resume, handle } = await pausedEnvironment('newest');
    await handle.executeUpdate(lockEnvironment, { args: [{ by: ann, reason: '', forMs: null }] });
    await resume();
    await ask(request(1, 10, byName));
    for (const number of [2, 3, 5, 4]) await ask(request(number, 10));
    await ask(request(6, 10));
    const ids = [1, 6].map((number) => request(number, 10).deploymentId);
    await eventually('two to wait', async () => (await waiting()).length === 2);
    expect(await waiting()).toEqual(ids);
    await handle.executeUpdate(unlockEnvironment, { args: [{ by: ann, force: false }] });
    await eventually('all to have ended', async () => (await waiting()).length === 0);
  });

  test('no more wait than an environment can carry: one more is refused, and says why [E9][F1]', async () => {
    const { request, ask, waiting } = await pausedEnvironment('full');
    for (let number = 1; number <= 200; number += 1) await ask(request(number, 10, byName));
    await ask(request(201, 10, byName));
    const last = () => world.records.deploymentStates(request(201, 10).deploymentId).at(-1);
    await eventually('it to be refused', () => last() !== undefined, 60_000);
    expect(last()).toMatchObject({ state: 'failed', failure: { type: 'EnvironmentBusy' } });
    expect(await waiting()).toHaveLength(200);
  }, 300_000);
});
