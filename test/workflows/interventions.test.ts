/** What people do with a deployment that runs: they pause it, and say what is to be done about a step that has failed. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { Actor } from '../../contracts/actor.ts';
import type { DeploymentRequest } from '../../contracts/deployment.ts';
import { FailureType, failureOf } from '../../contracts/failures.ts';
import { deploymentWorkflowId } from '../../contracts/ids.ts';
import { STEP_DECISIONS } from '../../contracts/steps.ts';
import type { DeploymentStep, StepDecision } from '../../contracts/steps.ts';
import {
  decideStep,
  deploymentProgress,
  pauseDeployment,
  resumeDeployment,
} from '../../workflows/deployment.messages.ts';
import type { deployment } from '../../workflows/deployment.workflow.ts';
import { cancelDeployment, environmentState } from '../../workflows/environment.messages.ts';
import { eventually } from '../support/eventually.ts';
import { fails } from '../support/simulation/faults.ts';
import type { Call } from '../support/simulation/faults.ts';
import { deploymentRequest } from '../support/simulation/fixtures.ts';
import { askEnvironment, setScene, startDeployment } from '../support/simulation/scene.ts';
import type { Scene } from '../support/simulation/scene.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

type Handle = WorkflowHandle<typeof deployment>;

const HOSTS = ['host-a', 'host-b'];
const ann = { kind: 'github', name: 'ann' } as const;
const bob = { kind: 'github', name: 'bob' } as const;
const WAIT_MS = 1_800_000;

let world: World;
beforeAll(async () => {
  world = await startWorld({ hosts: HOSTS });
});

const isAbout =
  ({ next }: Scene) =>
  ({ input }: Call): boolean =>
    JSON.stringify(input).includes(`"deploymentId":"${next.deploymentId}"`);
const serving = ({ key }: Scene) => [...world.hosts.values()].map((host) => host.serving(key));
const replicas = ({ key }: Scene) => [...world.hosts.values()].map((host) => host.replicas(key));
const audit = ({ next }: Scene) =>
  world.records.audit
    .filter(({ subject, action }) => subject === next.deploymentId && action.startsWith('deployment.'))
    .map(({ actor, action, detail }) => [actor, action.replace('deployment.', ''), detail]);
const steps = ({ next }: Scene, step: DeploymentStep) =>
  world.records.steps
    .filter((one) => one.deploymentId === next.deploymentId && one.step === step)
    .map(({ state }) => state);

/** Whose failed steps wait for somebody, and with a release command. */
const patient = ({ next }: Scene): DeploymentRequest => ({
  ...next,
  environment: { ...next.environment, onFailure: { waitMs: WAIT_MS } },
  settings: { ...next.settings, run: { ...next.settings.run, release: { command: ['migrate'], timeoutMs: 60_000 } } },
});

/** Holds one call at one place until told. */
function hold(scene: Scene, activity: string, place = 'host-a') {
  const arrived = Promise.withResolvers<undefined>();
  const goOn = Promise.withResolvers<undefined>();
  const stop = world.faults.add({
    ...{ activity, place, only: isAbout(scene) },
    act: async () => {
      stop();
      arrived.resolve(undefined);
      await goOn.promise;
    },
  });
  return { arrived: arrived.promise, goOn: () => goOn.resolve(undefined) };
}

/** Makes an activity fail until it is mended. */
const breaks = (scene: Scene, activity: string, type: FailureType, place = 'host-a') =>
  world.faults.add({ ...{ activity, place, only: isAbout(scene) }, act: fails(type, `${place}: ${type}.`) });

const waits = (handle: Handle, step: DeploymentStep) =>
  eventually(`${step} to wait for somebody`, async () => {
    const { failed = [] } = await handle.query(deploymentProgress);
    return failed.find((one) => one.step === step);
  });
const isHeld = (handle: Handle) =>
  eventually('it to be held', async () => {
    const { pause } = await handle.query(deploymentProgress);
    return pause !== undefined && pause.until !== null && pause;
  });
const pause = (handle: Handle, by: Actor = ann) =>
  handle.executeUpdate(pauseDeployment, { args: [{ by, reason: 'an incident' }] });
const decide = (handle: Handle, step: DeploymentStep, decision: StepDecision) =>
  handle.executeUpdate(decideStep, { args: [{ step, decision, by: ann, reason: 'mended' }] });
/** The failure that an update was refused with. */
const refusal = async (update: Promise<unknown>) =>
  update.then(
    () => undefined,
    (error: unknown) => failureOf(error instanceof Error ? error.cause : undefined),
  );

describe('a deployment that is paused', () => {
  test('ends the step that it is in, holds before the next one, and goes on when it is resumed [F2][A8]', async () => {
    const scene = setScene(world, 'paused');
    const step = hold(scene, 'switchTo');
    const handle = await startDeployment(world.client, scene.next);
    await step.arrived;
    expect(await pause(handle)).toMatchObject({ state: 'switching', pause: { by: ann, reason: 'an incident', until: null } });
    step.goOn();
    const { at, until } = await isHeld(handle);
    expect((until ?? 0) - at).toBeGreaterThanOrEqual(3_600_000);
    expect(serving(scene)).toEqual([scene.next.digest, scene.before.digest]);
    expect(await handle.executeUpdate(resumeDeployment, { args: [{ by: bob }] })).not.toHaveProperty('pause');
    expect((await handle.result()).outcome).toBe('live');
    expect(serving(scene)).toEqual([scene.next.digest, scene.next.digest]);
    expect(audit(scene)).toEqual([
      ['github:ann', 'pause', 'an incident'],
      ['github:bob', 'resume', ''],
    ]);
  }); // prettier-ignore

  test('tells the queue why it halts, and that it goes on again [E9][F2]', async () => {
    const key = { project: 'shop', service: 'halted', environment: 'production' };
    const request = (sequence: number) => deploymentRequest({ key, sequence, hosts: HOSTS });
    const scene = { key, before: request(1), next: request(1) };
    const step = hold(scene, 'prepare');
    const environment = await askEnvironment(world.client, request(1));
    await step.arrived;
    await askEnvironment(world.client, request(2));
    const handle: Handle = world.client.workflow.getHandle(deploymentWorkflowId(request(1).deploymentId));
    await pause(handle);
    step.goOn();
    const why = 'paused by ann: an incident';
    await eventually('the queue to know', async () => (await environment.query(environmentState)).halted === why);
    expect((await environment.query(environmentState)).waiting).toMatchObject([
      { deploymentId: request(2).deploymentId, why: `behind ${request(1).deploymentId}, which is halted: ${why}` },
    ]);
    await handle.executeUpdate(resumeDeployment, { args: [{ by: ann }] });
    await eventually('both to land', async () => (await environment.query(environmentState)).live?.sequence === 2);
    expect(await environment.query(environmentState)).not.toHaveProperty('halted');
  });

  test('is paused once: again by the same person is the same, by another is refused with who [F2]', async () => {
    const scene = setScene(world, 'twice');
    const step = hold(scene, 'prepare');
    const handle = await startDeployment(world.client, scene.next);
    await step.arrived;
    await pause(handle);
    for (const by of [ann, { kind: 'token', name: 'ann' } as const]) {
      expect(await pause(handle, by)).toMatchObject({ pause: { by: ann } });
    }
    expect(await refusal(pause(handle, bob))).toEqual({
      type: 'NotPausable',
      message: `${scene.next.deploymentId} cannot be paused. It is paused already, by ann: an incident`,
    });
    expect(audit(scene)).toHaveLength(1);
    await handle.cancel();
    step.goOn();
    expect((await handle.result()).outcome).toBe('cancelled');
  });

  test('cannot be resumed when it is not paused, nor paused when no step is left: in words, with its state [F2]', async () => {
    const scene = setScene(world, 'late');
    const step = hold(scene, 'prove');
    const end = hold(scene, 'finalize');
    const handle = await startDeployment(world.client, scene.next);
    await step.arrived;
    expect(await refusal(pause(handle))).toMatchObject({
      type: 'NotPausable',
      message: expect.stringContaining('no step left to hold before: it is verifying (verify)'),
    });
    expect(await refusal(handle.executeUpdate(resumeDeployment, { args: [{ by: ann }] }))).toMatchObject({
      type: 'NotWaiting',
      message: expect.stringContaining('is not paused; it is verifying'),
    });
    step.goOn();
    await end.arrived;
    expect(await refusal(pause(handle))).toMatchObject({ type: 'NotPausable', message: expect.stringContaining('it is live') });
    end.goOn();
    expect((await handle.result()).outcome).toBe('live');
  }); // prettier-ignore
});

describe('a step that has failed', () => {
  test('fails the deployment at once where the environment does not ask for anybody [B13]', async () => {
    const scene = setScene(world, 'at-once');
    breaks(scene, 'prepare', FailureType.DiskFull);
    const result = await (await startDeployment(world.client, scene.next)).result();
    expect(result).toMatchObject({ outcome: 'failed', failure: { type: 'DiskFull', message: 'host-a: DiskFull.' } });
  });

  test.each(['prepare', 'capture', 'prove'] as const)(
    'at %s waits while what is wrong is mended, is done again when somebody says so, and lands [F2][A8]',
    async (activity) => {
      const scene = setScene(world, `again-${activity}`);
      const step = activity === 'prove' ? 'verify' : activity;
      const mend = breaks(scene, activity, FailureType.EngineRefused);
      const handle = await startDeployment(world.client, patient(scene));
      const failed = await waits(handle, step);
      expect(failed).toMatchObject({ failure: { type: 'EngineRefused' }, choices: ['retry', 'abort'] });
      expect(failed.until - failed.at).toBe(WAIT_MS);
      mend();
      expect(await decide(handle, step, 'retry')).not.toHaveProperty('failed');
      expect((await handle.result()).outcome).toBe('live');
      expect(serving(scene)).toEqual([scene.next.digest, scene.next.digest]);
      expect(steps(scene, step)).toEqual(['running', 'failed', 'running', 'done']);
      expect(audit(scene)).toEqual([['github:ann', 'step.retry', `${step}: mended`]]);
    },
  );

  test('fails at once where no person can mend it: the version itself is wrong [F2]', async () => {
    const scene = setScene(world, 'hopeless');
    breaks(scene, 'prepare', FailureType.InvalidConfiguration);
    expect(await (await startDeployment(world.client, patient(scene))).result()).toMatchObject({
      outcome: 'failed',
      failure: { type: 'InvalidConfiguration' },
    });
  });

  test('waits for nobody any longer when another one beside it fails for good [F2]', async () => {
    const scene = setScene(world, 'beside');
    breaks(scene, 'prepare', FailureType.DiskFull);
    const waiting = Promise.withResolvers<undefined>();
    world.faults.add({
      ...{ activity: 'capture', place: 'host-b', only: isAbout(scene) },
      act: async () => {
        await waiting.promise;
        fails(FailureType.InvalidConfiguration, 'no')();
      },
    });
    const handle = await startDeployment(world.client, patient(scene));
    await waits(handle, 'prepare');
    waiting.resolve(undefined);
    expect(await handle.result()).toMatchObject({ outcome: 'failed', failure: { type: 'DiskFull' } });
  });

  test('that is aborted fails as it would have at once, and says who aborted it [F2][A8]', async () => {
    const scene = setScene(world, 'aborted');
    breaks(scene, 'prepare', FailureType.DiskFull);
    const handle = await startDeployment(world.client, patient(scene));
    await waits(handle, 'prepare');
    await decide(handle, 'prepare', 'abort');
    expect(await handle.result()).toMatchObject({
      outcome: 'failed',
      failure: { type: 'DiskFull', message: 'host-a: DiskFull. ann aborted it: mended.' },
    });
    expect(audit(scene)).toEqual([['github:ann', 'step.abort', 'prepare: mended']]);
  });
});

describe('a switch that has failed', () => {
  test('waits while what ran before is seen to serve there, with the places before it switched; a retry lands [F2]', async () => {
    const scene = setScene(world, 'switch-again');
    const mend = breaks(scene, 'switchTo', FailureType.PortTaken, 'host-b');
    const handle = await startDeployment(world.client, patient(scene));
    expect(await waits(handle, 'switch')).toMatchObject({ place: 'host-b', choices: ['retry', 'abort'] });
    expect(serving(scene)).toEqual([scene.next.digest, scene.before.digest]);
    mend();
    await decide(handle, 'switch', 'retry');
    expect((await handle.result()).outcome).toBe('live');
    expect(serving(scene)).toEqual([scene.next.digest, scene.next.digest]);
  });

  test('is taken back at once where what ran before does not serve any more [F1][F2]', async () => {
    const scene = setScene(world, 'switch-touched');
    world.faults.add({
      ...{ activity: 'switchTo', at: 'after', place: 'host-b', only: isAbout(scene) },
      act: fails(FailureType.PortTaken, 'reported as failed, and switched all the same'),
    });
    const result = await (await startDeployment(world.client, patient(scene))).result();
    expect(result).toMatchObject({ outcome: 'rolled_back', failure: { type: 'PortTaken' } });
    expect(serving(scene)).toEqual([scene.before.digest, scene.before.digest]);
  });

  test('that is aborted is taken back everywhere [F1][F2]', async () => {
    const scene = setScene(world, 'switch-aborted');
    breaks(scene, 'switchTo', FailureType.PortTaken, 'host-b');
    const handle = await startDeployment(world.client, patient(scene));
    await waits(handle, 'switch');
    await decide(handle, 'switch', 'abort');
    expect(await handle.result()).toMatchObject({ outcome: 'rolled_back', failure: { type: 'PortTaken' } });
    expect(serving(scene)).toEqual([scene.before.digest, scene.before.digest]);
    expect(replicas(scene)).toEqual(HOSTS.map(() => [scene.before.deploymentId]));
  });
});

describe('a release command that has failed', () => {
  const runs = ({ key }: Scene) =>
    (world.hosts.get('host-a')?.effects ?? []).filter((one) => one === `release command of shop.${key.service}.production.2`);

  test('runs another time only because somebody said so, and that is on record [B19][F2][A8]', async () => {
    const scene = setScene(world, 'migrated-twice');
    const stop = world.faults.add({
      ...{ activity: 'runOnce', at: 'after', only: isAbout(scene) },
      act: () => {
        stop();
        fails(FailureType.ReleaseCommandFailed, 'exited with code 3')();
      },
    });
    const handle = await startDeployment(world.client, patient(scene));
    expect(await waits(handle, 'release')).toMatchObject({ place: 'host-a', choices: STEP_DECISIONS });
    expect(runs(scene)).toHaveLength(1);
    await decide(handle, 'release', 'retry');
    expect((await handle.result()).outcome).toBe('live');
    expect(runs(scene)).toHaveLength(2);
    expect(world.faults.callsOf('runOnce').filter(isAbout(scene)).map(({ input }) => input)).toMatchObject([{}, { releaseRun: 2 }]);
    expect(audit(scene)).toEqual([['github:ann', 'step.retry', 'release on host-a: mended']]);
  });

  test('whose end nobody has heard of is followed, not run another time [B19][F2]', async () => {
    const scene = setScene(world, 'migrated-once');
    const stop = world.faults.add({
      ...{ activity: 'runOnce', at: 'after', only: isAbout(scene) },
      act: () => {
        stop();
        fails(FailureType.EngineRefused, 'the engine does not say')();
      },
    });
    const handle = await startDeployment(world.client, patient(scene));
    await waits(handle, 'release');
    await decide(handle, 'release', 'retry');
    expect((await handle.result()).outcome).toBe('live');
    expect(runs(scene)).toHaveLength(1);
  });

  test('is left out when somebody says so, and shown as such [B19][F2][A8]', async () => {
    const scene = setScene(world, 'by-hand');
    breaks(scene, 'runOnce', FailureType.ReleaseCommandFailed);
    const handle = await startDeployment(world.client, patient(scene));
    await waits(handle, 'release');
    await decide(handle, 'release', 'skip');
    expect((await handle.result()).outcome).toBe('live');
    expect(steps(scene, 'release')).toEqual(['running', 'failed', 'skipped']);
    expect(audit(scene)).toEqual([['github:ann', 'step.skip', 'release on host-a: mended']]);
  });
}); // prettier-ignore

describe('a decision', () => {
  test('about a step that waits for nobody is refused with what does, and with the state [F2]', async () => {
    const scene = setScene(world, 'wrong-step');
    breaks(scene, 'prepare', FailureType.DiskFull);
    const handle = await startDeployment(world.client, patient(scene));
    await waits(handle, 'prepare');
    expect(await refusal(decide(handle, 'switch', 'retry'))).toMatchObject({
      type: 'NotWaiting',
      message: `The step switch of ${scene.next.deploymentId} waits for nobody; prepare does. It is preparing.`,
    });
    expect(await refusal(pause(handle))).toMatchObject({ type: 'NotPausable' });
    await handle.cancel();
    await handle.result();
  });

  test.each(['prepare', 'capture', 'switch', 'verify'] as const)('to skip %s is refused [F2]', async (step) => {
    const scene = setScene(world, `skip-${step}`);
    const activity = { prepare: 'prepare', capture: 'capture', switch: 'switchTo', verify: 'prove' }[step];
    const mend = breaks(scene, activity, FailureType.EngineRefused);
    const handle = await startDeployment(world.client, patient(scene));
    await waits(handle, step);
    expect(await refusal(decide(handle, step, 'skip'))).toMatchObject({
      type: 'InvalidRequest',
      message: expect.stringContaining(`The step ${step} cannot be left out`),
    });
    mend();
    await handle.cancel();
    expect(await handle.result()).toMatchObject({ outcome: 'cancelled', leftovers: [] });
    expect(serving(scene)).toEqual([scene.before.digest, scene.before.digest]);
  });

  test('of two people at once is that of the first; the second is told [F2]', async () => {
    const scene = setScene(world, 'race');
    const mend = breaks(scene, 'prepare', FailureType.DiskFull);
    const handle = await startDeployment(world.client, patient(scene));
    await waits(handle, 'prepare');
    mend();
    const answers = await Promise.all(
      (['retry', 'abort'] as const).map(async (decision) => refusal(decide(handle, 'prepare', decision))),
    );
    expect(answers.map((one) => one?.type).filter(Boolean)).toEqual(['NotWaiting']);
    await handle.result();
    expect(audit(scene)).toHaveLength(1);
  });

  test('comes too late after a cancel through the environment: what waits is taken back [F2][B10]', async () => {
    const scene = setScene(world, 'cancelled');
    breaks(scene, 'switchTo', FailureType.PortTaken, 'host-b');
    const environment = await askEnvironment(world.client, patient(scene));
    const handle: Handle = world.client.workflow.getHandle(deploymentWorkflowId(scene.next.deploymentId));
    await eventually('the switch to wait', async () => ((await environment.query(environmentState)).halted ?? '').startsWith('waits for somebody to decide: switch on host-b failed'));
    await environment.signal(cancelDeployment, { deploymentId: scene.next.deploymentId, by: 'ann', reason: '' });
    expect(await handle.result()).toMatchObject({ outcome: 'cancelled', leftovers: [] });
    expect(serving(scene)).toEqual([scene.before.digest, scene.before.digest]);
  }); // prettier-ignore
});
