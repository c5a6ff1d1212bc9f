/** Messages of people and releases while an environment begins a new run are neither lost nor handled twice. */
import { beforeAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { sendUpdate } from '../../../api/temporal/send-update.ts';
import { FailureType } from '../../../contracts/core/failures.ts';
import { environmentId, reportWorkflowId } from '../../../contracts/core/ids.ts';
import type { DeploymentRequest } from '../../../contracts/deployment/deployment.ts';
import { isDeploymentOutcome } from '../../../contracts/deployment/states.ts';
import { deploymentCheckId } from '../../../contracts/github/check-run.ts';
import {
  cancelDeployment,
  environmentState,
  lockEnvironment,
  pauseEnvironment,
  requestDeployment,
  resumeEnvironment,
  unlockEnvironment,
} from '../../../workflows/messages/environment.messages.ts';
import type { environment } from '../../../workflows/environment/environment.workflow.ts';
import type { report } from '../../../workflows/reporting/report.workflow.ts';
import { eventually } from '../../support/eventually.ts';
import { fails } from '../../support/simulation/faults.ts';
import { deploymentRequest } from '../../support/simulation/fixtures.ts';
import { askEnvironment } from '../../support/simulation/scene.ts';
import { renewingBundle } from './environment-as-specified.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

const ann = { kind: 'github', name: 'ann' } as const;
/** More than a run of {@link renewingBundle} holds. */
const MANY = 60;

let world: World;
beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a'] }, renewingBundle());
});

/** An environment in which version 1 is live. */
async function environmentOf(service: string) {
  const key = { project: 'shop', service, environment: 'production' };
  const request = (sequence: number): DeploymentRequest => ({
    ...deploymentRequest({ key, sequence, hosts: ['host-a'] }),
    byName: true,
  });
  const idOf = (sequence: number) => request(sequence).deploymentId;
  const handle: WorkflowHandle<typeof environment> = await askEnvironment(world.client, request(1));
  const state = () => handle.query(environmentState);
  await eventually('the first one to be live', async () => (await state()).live?.sequence === 1);
  return {
    ...{ key, request, idOf, handle, state },
    ask: (sequence: number) => handle.signal(requestDeployment, request(sequence)),
    cancel: (deploymentId: string) =>
      handle.signal(cancelDeployment, { deploymentId, by: { kind: 'github', name: 'ann' }, reason: '' }),
    lock: (reason: string) =>
      sendUpdate(world.client, (once) =>
        handle.executeUpdate(lockEnvironment, { args: [{ by: ann, reason, forMs: null }], ...once }),
      ),
    unlock: () =>
      sendUpdate(world.client, (once) =>
        handle.executeUpdate(unlockEnvironment, { args: [{ by: ann, force: false }], ...once }),
      ),
    runId: async () => (await handle.describe()).runId,
    endsOf: (sequence: number) =>
      world.records
        .deploymentStates(idOf(sequence))
        .map((one) => one.state)
        .filter(isDeploymentOutcome),
    begunOf: (sequence: number) =>
      world.faults
        .callsOf('prepare')
        .filter(({ input }) => (input as { readonly deploymentId: string }).deploymentId === idOf(sequence)).length,
    saidOf: (what: string) =>
      world.records.audit
        .filter(({ action, subject }) => action === `environment.${what}` && subject === environmentId(key))
        .map(({ detail }) => detail),
  };
}

/**
 * Paused, and about to begin a new run, for which it waits until the store has heard of the pause.
 *
 * @param asked - the deployment that waits there from before
 */
async function settling(service: string, asked?: number) {
  const it = await environmentOf(service);
  const told = Promise.withResolvers<undefined>();
  const pause = { by: ann, reason: `${service} waits for the store` };
  world.faults.add({
    activity: 'tell',
    only: ({ input }) => JSON.stringify(input).includes(pause.reason),
    act: () => told.promise,
  });
  await it.handle.executeUpdate(pauseEnvironment, { args: [pause] });
  if (asked !== undefined) await it.ask(asked);
  const old = await it.runId();
  await Promise.all(Array.from({ length: MANY }, () => it.cancel('none')));
  // It answers when it has heard all of that.
  await it.state();
  return {
    ...{ ...it, pause, old },
    storeAnswers: () => told.resolve(undefined),
    renewed: () => eventually('a new run', async () => (await it.runId()) !== old),
  };
}

test('what it hears while the old run waits for the store is in the new run, once [E9][F1]', async () => {
  const it = await settling('settling');

  expect((await it.lock('first')).lock).toMatchObject({ owner: ann, reason: 'first' });
  for (const sequence of [2, 3, 4]) await it.ask(sequence);
  await it.cancel(it.idOf(3));
  expect((await it.unlock()).lock).toBeNull();
  expect((await it.lock('second')).lock).toMatchObject({ owner: ann, reason: 'second' });
  await it.ask(4);
  expect(await it.runId()).toBe(it.old);
  it.storeAnswers();
  await it.renewed();

  const { lock, waiting, pause: paused } = await it.state();
  expect({ lock, paused }).toMatchObject({ lock: { owner: ann, reason: 'second' }, paused: it.pause });
  expect(waiting.map(({ deploymentId }) => deploymentId)).toEqual([2, 4].map(it.idOf));
  await it.handle.executeUpdate(resumeEnvironment, { args: [{ by: ann }] });
  await it.unlock();
  await eventually('both to be live', async () => {
    const { live, running } = await it.state();
    return live?.sequence === 4 && running === null && it.endsOf(4).length > 0;
  });
  expect([2, 3, 4].map(it.endsOf)).toEqual([['live'], ['cancelled'], ['live']]);
  expect([2, 3, 4].map(it.begunOf)).toEqual([1, 0, 1]);
  for (const sequence of [2, 3, 4]) expect(world.gitHub.deployments(it.idOf(sequence))).toHaveLength(1);
  expect(world.gitHub.states(it.idOf(3)).at(-1)).toBe('inactive');
  await eventually('the audit trail to tell of all of it', () => it.saidOf('unlock').length === 2);
  expect(it.saidOf('lock')).toEqual(['first', 'second']);
});

test.each([
  ['arrives', undefined],
  ['waits', 2],
])(
  'GitHub hears of a deployment that %s and is cancelled while the old run ends, though GitHub does not answer then [A3][F1]',
  async (_how, asked) => {
    const service = `unheard-${asked === undefined ? 'late' : 'early'}`;
    const id = `shop.${service}.production.2`;
    const backs = ['openDeployment', 'reportDeployment', 'showCheck'].map((activity) =>
      world.faults.add({
        activity,
        only: ({ input }) => JSON.stringify(input).includes(id),
        act: fails(FailureType.GitHubUnavailable, 'GitHub does not answer'),
      }),
    );
    const it = await settling(service, asked);
    if (asked === undefined) await it.ask(2);
    await it.cancel(id);
    expect((await it.state()).waiting).toEqual([]);
    it.storeAnswers();
    await it.renewed();
    for (const back of backs) back();

    await world.client.workflow.getHandle<typeof report>(reportWorkflowId(id)).result();
    expect(world.gitHub.states(id).at(-1)).toBe('inactive');
    expect(world.gitHub.shown(deploymentCheckId(id)).at(-1)?.conclusion).toBe('cancelled');
    expect(it.endsOf(2)).toEqual(['cancelled']);
  },
);

test.each([
  ['arrives', undefined],
  ['waits', 2],
])(
  'GitHub shows a deployment as queued that %s while the old run ends, though GitHub does not answer then [A3][F1]',
  async (_how, asked) => {
    const service = `unshown-${asked === undefined ? 'late' : 'early'}`;
    const id = `shop.${service}.production.2`;
    const back = world.faults.add({
      activity: 'openDeployment',
      only: ({ input }) => JSON.stringify(input).includes(id),
      act: fails(FailureType.GitHubUnavailable, 'GitHub does not answer'),
    });
    const it = await settling(service, asked);
    if (asked === undefined) await it.ask(2);
    await it.state();
    it.storeAnswers();
    await it.renewed();
    back();

    await eventually('GitHub to show it', () => world.gitHub.states(id).includes('queued'), 120_000);
    expect((await it.state()).waiting).toHaveLength(1);
    await it.handle.executeUpdate(resumeEnvironment, { args: [{ by: ann }] });
    await eventually('its end', () => it.endsOf(2).includes('live'), 120_000);
    expect(world.gitHub.deployments(id)).toHaveLength(1);
  },
);

test('people and releases may talk all the time: each lock, unlock, cancel and request counts once, through many runs [E9][F1]', async () => {
  const it = await environmentOf('talking');
  const requests = [2, 3, 4, 5, 6, 7, 8, 9];
  const locks = ['a', 'b', 'c', 'd', 'e', 'f'];
  const people = async () => {
    for (const reason of locks) {
      expect((await it.lock(reason)).lock).toMatchObject({ reason });
      expect((await it.unlock()).lock).toBeNull();
    }
  };
  const releases = async () => {
    for (const sequence of requests) {
      await it.ask(sequence);
      if (sequence % 3 === 0) await it.cancel(it.idOf(sequence));
      await it.ask(sequence);
    }
  };
  const others = async () => {
    for (let n = 0; n < 3 * MANY; n += 1) await it.cancel('none');
  };

  await Promise.all([people(), releases(), others()]);

  await eventually('nothing to run', async () => (await it.state()).running === null && it.endsOf(8).length > 0);
  await eventually('all to have ended', () => requests.every((sequence) => it.endsOf(sequence).length > 0));
  for (const sequence of requests) {
    expect({ sequence, ends: it.endsOf(sequence) }).toEqual({
      sequence,
      ends: [sequence % 3 === 0 ? 'cancelled' : 'live'],
    });
    expect(it.begunOf(sequence)).toBeLessThanOrEqual(1);
  }
  const { live, waiting, running, lock } = await it.state();
  expect({ live: live?.sequence, waiting, running, lock }).toEqual({ live: 8, waiting: [], running: null, lock: null });
  await eventually('the audit trail to tell of all of it', () => it.saidOf('unlock').length === locks.length);
  expect(it.saidOf('lock')).toEqual(locks);
  expect(await runsOf(it.handle)).toBeGreaterThan(3);
});

async function runsOf(handle: WorkflowHandle): Promise<number> {
  let runs = 0;
  for (let runId: string | null | undefined = (await handle.describe()).runId; runId; runs += 1) {
    const { events } = await world.client.workflow.getHandle(handle.workflowId, runId).fetchHistory();
    runId = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
  }
  return runs;
}
