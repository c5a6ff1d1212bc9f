/** Requests in an environment's queue: superseded, turned away, frozen, held, carried over. */
import type { WorkflowHandle } from '@temporalio/client';
import type { DeploymentRequest } from '../../contracts/deployment/deployment.ts';
import type { DestroyInput } from '../../contracts/deployment/environment.ts';
import { FailureType } from '../../contracts/core/failures.ts';
import {
  deploymentId,
  deploymentWorkflowId,
  destroyWorkflowId,
  environmentId,
  environmentWorkflowId,
  placeNameWorkflowId,
  releaseWorkflowId,
  reportWorkflowId,
} from '../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../contracts/core/queues.ts';
import {
  destroyEnvironment,
  environmentState,
  lockEnvironment,
  pauseEnvironment,
  resumeEnvironment,
  unlockEnvironment,
} from '../../workflows/messages/environment.messages.ts';
import type { hostName } from '../../workflows/maintenance/host-name.workflow.ts';
import type { environment as environmentWorkflow } from '../../workflows/environment/environment.workflow.ts';
import type { release } from '../../workflows/release/release.workflow.ts';
import type { report } from '../../workflows/reporting/report.workflow.ts';
import { eventually } from '../support/eventually.ts';
import { fails, hangs } from '../support/simulation/faults.ts';
import { deploymentRequest, environmentSettings, releaseInput } from '../support/simulation/fixtures.ts';
import { askEnvironment } from '../support/simulation/scene.ts';
import { HOSTS, journey, start } from './journey.ts';
import type { ReplayWorld, Scenario } from './journey.ts';

const ann = { kind: 'github', name: 'ann' } as const;

type Asked = Partial<Pick<DeploymentRequest, 'byName' | 'byHand' | 'rollbackTo' | 'actor'>>;

/** An environment of its own, addressed directly. */
function queueOf(world: ReplayWorld, service: string, settings: Partial<DeploymentRequest['environment']> = {}) {
  const key = { project: 'shop', service, environment: 'production' };
  const request = (sequence: number, more: Asked = {}): DeploymentRequest => {
    const usual = deploymentRequest({ key, sequence, hosts: HOSTS });
    return { ...usual, environment: { ...usual.environment, ...settings }, ...more };
  };
  const idOf = (sequence: number) => request(sequence).deploymentId;
  const stateOf = (sequence: number) => world.records.deploymentStates(idOf(sequence)).at(-1)?.state;
  return {
    key,
    request,
    idOf,
    workflowId: environmentWorkflowId(key),
    ask: (sequence: number, more: Asked = {}) => askEnvironment(world.client, request(sequence, more)),
    ended: (sequence: number, state: string) =>
      eventually(`${idOf(sequence)} to be ${state}`, () => stateOf(sequence) === state),
    /** Holds the deployment at its first step. */
    hold(sequence: number) {
      const gate = Promise.withResolvers<undefined>();
      const only = ({ input }: { readonly input: unknown }) => JSON.stringify(input).includes(`"${idOf(sequence)}"`);
      world.faults.add({ activity: 'prepare', only, act: () => gate.promise });
      const arrived = () => eventually('the first step', () => world.faults.callsOf('prepare').some(only));
      return { arrived, goOn: () => gate.resolve(undefined) };
    },
  };
}

const quiet = (handle: WorkflowHandle<typeof environmentWorkflow>): Promise<unknown> =>
  eventually('the environment to be quiet', async () => {
    const state = await handle.query(environmentState);
    return state.running === null && state.waiting.length === 0;
  });

export const QUEUE_SCENARIOS: readonly Scenario[] = [
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

  async function environmentIsCancelled(world) {
    const way = journey('environment-cancelled');
    world.faults.add({ place: 'host-a', activity: 'switchTo', only: way.only, act: hangs });
    const handle = await start(world, way);
    await eventually('the switch', () => world.faults.callsOf('switchTo', 'host-a').some(way.only) || undefined);
    await world.client.workflow.getHandle(way.environment).cancel();
    await handle.result();
    return { 'environment-cancelled': way.environment };
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

  async function isSuperseded(world) {
    const { ask, ended, hold, workflowId } = queueOf(world, 'superseding', { queue: 'supersede' });
    const first = hold(1);
    const handle = await ask(1);
    await first.arrived();
    await ask(2);
    await ask(3);
    await ended(2, 'superseded');
    first.goOn();
    await ended(3, 'live');
    await quiet(handle);
    return { 'environment-superseded': workflowId };
  },

  async function isTurnedAway(world) {
    const { ask, ended, hold, workflowId } = queueOf(world, 'rejecting', { queue: 'reject' });
    const first = hold(1);
    const handle = await ask(1);
    await first.arrived();
    await ask(2);
    await ended(2, 'failed');
    first.goOn();
    await quiet(handle);
    return { 'environment-rejected': workflowId };
  },

  async function isFrozen(world) {
    const freeze = [{ kind: 'once', from: 0, to: Date.now() + 2_000, reason: 'release party' }] as const;
    const { ask, ended, workflowId } = queueOf(world, 'freezing', { freeze });
    const handle = await ask(1);
    await ended(1, 'live');
    await quiet(handle);
    return { 'environment-frozen': workflowId };
  },

  async function meetsItsOwnersLock(world) {
    const { ask, ended, request, workflowId } = queueOf(world, 'own-lock');
    const handle = await ask(1);
    await ended(1, 'live');
    await handle.executeUpdate(lockEnvironment, { args: [{ by: ann, reason: 'mine', forMs: 1_500 }] });
    await ask(2, { actor: { kind: 'token', name: ann.name } });
    await ended(2, 'live');
    await eventually(
      'it to be live',
      async () => (await handle.query(environmentState)).live?.sequence === request(2).sequence,
    );
    await quiet(handle);
    return { 'environment-locked-at-another-door': workflowId };
  },

  async function isRolledBackByHand(world) {
    const { ask, ended, idOf, workflowId } = queueOf(world, 'held');
    await ask(1);
    await ended(1, 'live');
    await ask(2);
    await ended(2, 'live');
    const handle = await ask(3, { byName: true, byHand: true, rollbackTo: idOf(1), actor: ann });
    await ended(3, 'live');
    await ask(4);
    await ended(4, 'cancelled');
    await quiet(handle);
    return {
      'environment-held-after-rollback': workflowId,
      'deployment-rolled-back-by-hand': deploymentWorkflowId(idOf(3)),
    };
  },

  async function holdsAHostsName(world) {
    const workflowId = placeNameWorkflowId('host/named');
    const handle = await world.client.workflow.start<typeof hostName>('hostName', {
      ...{ taskQueue: CONTROL_QUEUE, workflowId, args: [] },
    });
    await eventually('its first step', async () => (await handle.describe()).historyLength > 3);
    return { 'host-name': workflowId };
  },

  async function isDestroyed(world) {
    const { ask, ended, hold, key, workflowId } = queueOf(world, 'destroyed');
    const first = hold(1);
    const handle = await ask(1);
    await first.arrived();
    await ask(2);
    await handle.executeUpdate(destroyEnvironment, { args: [{ by: ann, through: 2 }] });
    await ended(2, 'cancelled');
    first.goOn();
    await handle.result();
    const fenced = world.faults.callsOf('forgetEnvironment').map(({ input }) => input as DestroyInput);
    const generation = fenced.find((one) => environmentId(one.key) === environmentId(key))?.generation ?? 0;
    return { 'environment-destroyed': workflowId, destroy: destroyWorkflowId(key, generation) };
  },

  async function opensAnIssue(world) {
    const { ask, ended, idOf, workflowId } = queueOf(world, 'issues', { issues: true });
    const only = ({ input }: { readonly input: unknown }) => JSON.stringify(input).includes(`"${idOf(1)}"`);
    world.faults.add({ activity: 'prepare', only, act: fails(FailureType.DiskFull, 'host-a: disk full.') });
    await ask(1);
    await ended(1, 'failed');
    const handle = await ask(2);
    await ended(2, 'live');
    await quiet(handle);
    await eventually('the issue to be closed', () =>
      world.gitHub
        .issues({ project: 'shop', service: 'issues', environment: 'production' })
        .some(({ closedBy }) => closedBy !== null),
    );
    return { 'environment-issue': workflowId };
  },

  async function isCarriedOver(world) {
    const { ended, key, request, workflowId } = queueOf(world, 'renewed');
    // The input of a run that continues as new, from the one before.
    const lock = { owner: ann, reason: 'an audit', at: Date.now(), expiresAt: Date.now() + 1_500 };
    const carried = { key, generation: 7, waiting: [request(4)], lock, pause: null, hold: null };
    const handle = await world.client.workflow.start<typeof environmentWorkflow>('environment', {
      ...{ taskQueue: CONTROL_QUEUE, workflowId },
      args: [carried],
    });
    await ended(4, 'live');
    await quiet(handle);
    return { 'environment-carried-over': workflowId };
  },

  async function isEndedByForce(world) {
    const { ask, ended, idOf, workflowId } = queueOf(world, 'forgotten');
    await ask(1);
    await ended(1, 'live');
    const before = await ask(2, { byName: true, byHand: true, rollbackTo: idOf(0), actor: ann });
    await ended(2, 'live');
    await quiet(before);
    await world.client.workflow.getHandle(workflowId).terminate('as recorded');
    const handle = await ask(3);
    await ended(3, 'cancelled');
    await quiet(handle);
    return { 'environment-recalled': workflowId };
  },

  /**
   * Messages that come while it recalls its lock are handled after that: a pause, and a request that waits for the
   * lock.
   */
  async function isEndedByForceWhileLocked(world) {
    const { ask, ended, key, workflowId } = queueOf(world, 'locked-and-forgotten');
    const first = await world.client.workflow.start<typeof environmentWorkflow>('environment', {
      ...{ taskQueue: CONTROL_QUEUE, workflowId, args: [{ key }] },
    });
    await first.executeUpdate(lockEnvironment, { args: [{ by: ann, reason: 'a migration', forMs: null }] });
    await eventually('the store to know of the lock', () =>
      world.records.audit.some(
        ({ action, subject }) => action === 'environment.lock' && subject === environmentId(key),
      ),
    );
    await first.terminate('as recorded');
    const answer = Promise.withResolvers<undefined>();
    const only = ({ input }: { readonly input: unknown }) => JSON.stringify(input).includes(`"${key.service}"`);
    world.faults.add({ activity: 'recallLive', only, act: () => answer.promise });
    const handle = await ask(1);
    const paused = await handle.startUpdate(pauseEnvironment, {
      args: [{ by: ann, reason: 'an incident' }],
      waitForStage: 'ACCEPTED',
    });
    answer.resolve(undefined);
    await paused.result();
    await handle.executeUpdate(resumeEnvironment, { args: [{ by: ann }] });
    await handle.executeUpdate(unlockEnvironment, { args: [{ by: ann, force: false }] });
    await ended(1, 'live');
    await quiet(handle);
    return { 'environment-recalled-with-its-lock': workflowId };
  },

  async function saysItsLastWords(world) {
    const { idOf } = queueOf(world, 'reported');
    const workflowId = reportWorkflowId(idOf(1));
    const record = { deploymentId: idOf(1), state: 'live', at: Date.now() } as const;
    await world.client.workflow.execute<typeof report>('report', {
      ...{ taskQueue: CONTROL_QUEUE, workflowId },
      args: [{ tellings: [{ kind: 'recordDeploymentState', record }] }],
    });
    return { 'report-told': workflowId };
  },
];
