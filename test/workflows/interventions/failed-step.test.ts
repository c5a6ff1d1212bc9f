/** A step has failed, and a person decides how it goes on. */
import { describe, expect, test } from '@jest/globals';
import { FailureType } from '../../../contracts/core/failures.ts';
import { STEP_DECISIONS } from '../../../contracts/deployment/steps.ts';
import { fails } from '../../support/simulation/faults.ts';
import { setScene, startDeployment } from '../../support/simulation/scene.ts';
import type { Scene } from '../../support/simulation/scene.ts';
import { HOSTS, WAIT_MS, decide, isAbout, patient, waits, startInterventions } from './stage.ts';

const { world, serving, replicas, audit, steps, breaks } = await startInterventions();

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

  test('waits for no decision any longer when another one beside it fails for good [F2]', async () => {
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
    (world.hosts.get('host-a')?.effects ?? []).filter(
      (one) => one === `release command of shop.${key.service}.production.2`,
    );

  /** Its first run ends with this failure, once. */
  const endsOnceWith = (scene: Scene, type: FailureType, message: string) => {
    const stop = world.faults.add({
      ...{ activity: 'runOnce', at: 'after', only: isAbout(scene) },
      act: () => {
        stop();
        fails(type, message)();
      },
    });
  };

  test('runs another time only because somebody said so, and that is on record [B19][F2][A8]', async () => {
    const scene = setScene(world, 'migrated-twice');
    endsOnceWith(scene, FailureType.ReleaseCommandFailed, 'exited with code 3');
    const handle = await startDeployment(world.client, patient(scene));
    expect(await waits(handle, 'release')).toMatchObject({ place: 'host-a', choices: STEP_DECISIONS });
    expect(runs(scene)).toHaveLength(1);
    await decide(handle, 'release', 'retry');
    expect((await handle.result()).outcome).toBe('live');
    expect(runs(scene)).toHaveLength(2);
    expect(
      world.faults
        .callsOf('runOnce')
        .filter(isAbout(scene))
        .map(({ input }) => input),
    ).toMatchObject([{}, { releaseRun: 2 }]);
    expect(audit(scene)).toEqual([['github:ann', 'step.retry', 'release on host-a: mended']]);
  });

  test('whose end nobody has heard of is followed, not run another time [B19][F2]', async () => {
    const scene = setScene(world, 'migrated-once');
    endsOnceWith(scene, FailureType.EngineRefused, 'the engine does not say');
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
});
