import { beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { BuildInput } from '../../../contracts/deployment/build.ts';
import { FailureType } from '../../../contracts/core/failures.ts';
import { buildWorkflowId } from '../../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import { buildProgress } from '../../../workflows/messages/build.messages.ts';
import type { build } from '../../../workflows/build/build.workflow.ts';
import { fails, hangs } from '../../support/simulation/faults.ts';
import type { Call } from '../../support/simulation/faults.ts';
import { buildInput, digestOf } from '../../support/simulation/fixtures.ts';
import { bundleWithTimeouts } from '../../support/timeouts.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

let world: World;

beforeAll(async () => {
  // Attempts are counted here, not the waits between them.
  world = await startWorld({ builders: ['builder'] }, bundleWithTimeouts({ retry: { firstMs: 20 } }));
});

/** One build of the service with this name. */
const buildOf = (service: string) => buildInput({ key: { project: 'shop', service }, sequence: 1 });

const start = (input: BuildInput): Promise<WorkflowHandle<typeof build>> =>
  world.client.workflow.start<typeof build>('build', {
    taskQueue: CONTROL_QUEUE,
    workflowId: buildWorkflowId(input.buildId),
    args: [input],
  });

const isAbout =
  ({ buildId }: BuildInput) =>
  ({ input }: Call): boolean =>
    JSON.stringify(input).includes(`"buildId":"${buildId}"`);
const effects = ({ buildId }: BuildInput) =>
  (world.builders.get('builder')?.effects ?? [])
    .filter((effect) => effect.endsWith(` ${buildId}`))
    .map((effect) => effect.split(' ')[0]);
const states = ({ buildId }: BuildInput) => world.records.buildStates(buildId);

describe('a build', () => {
  test('goes through its states in order, each with its time, and names the host that claimed it [B5][B8]', async () => {
    const input = buildOf('good');
    const result = await (await start(input)).result();

    const digest = digestOf(input.commit);
    const image = `registry.test/shop/good@${digest}`;
    expect(result).toEqual({ outcome: 'completed', image, digest, builder: 'dockerfile' });
    expect(states(input).map(({ state }) => state)).toEqual([
      ...['pending', 'claimed', 'cloning', 'building', 'pushing', 'completed'],
    ]);
    const times = states(input).map(({ at }) => at);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(states(input).find(({ state }) => state === 'claimed')?.host).toBe('builder');
    expect(states(input).at(-1)).toMatchObject({
      image,
      digest,
      tags: [input.commit, 'latest'],
      builder: 'dockerfile',
      bases: [{ image: 'alpine:3', digest: expect.stringMatching(/^sha256:b+$/) }],
    });
    expect(effects(input)).toEqual(['fetch', 'build', 'push', 'clean']);
  });

  test('is one check run on GitHub, concluded once [B5]', async () => {
    const input = buildOf('checked');
    await (await start(input)).result();
    const check = world.gitHub.check(input.buildId);
    expect(check?.opened).toMatchObject({
      commit: input.commit,
      name: 'Landfall: checked',
      logPath: `/builds/${input.buildId}`,
    });
    expect(check?.updates.filter(({ conclusion }) => conclusion)).toMatchObject([{ conclusion: 'success' }]);
    expect(check?.updates.at(-1)?.conclusion).toBe('success');
  });

  test('that is cancelled before anything of it has begun is concluded on its check run [B5][B10]', async () => {
    const input = buildOf('never-begun');
    await world.workers.stop('control');
    const handle = await start(input);
    await handle.cancel();
    await world.workers.start('control');

    expect((await handle.result()).outcome).toBe('cancelled');
    expect(world.gitHub.check(input.buildId)?.updates.at(-1)?.conclusion).toBe('cancelled');
  });

  test('whose check run GitHub refuses until it has ended is concluded on it all the same [B5]', async () => {
    const input = buildOf('refused');
    world.faults.add({
      ...{ activity: 'openBuildCheck' },
      only: (call) => isAbout(input)(call) && !JSON.stringify(call.input).includes('Built'),
      act: fails(FailureType.GitHubForbidden, 'The App may not write checks yet.'),
    });
    await (await start(input)).result();

    expect(world.gitHub.check(input.buildId)?.updates.map(({ conclusion }) => conclusion)).toEqual(['success']);
  });

  test('has a check run by what its service was called when it was released [B5][B4]', async () => {
    const input = { ...buildOf('moved'), called: { project: 'store', service: 'frontend' } };
    await (await start(input)).result();
    expect(world.gitHub.check(input.buildId)?.opened).toMatchObject({ name: 'Landfall: frontend' });
  });

  test('that fails says why, and is cleaned up [B9]', async () => {
    const input = buildOf('broken');
    const message = 'building: step 3 of the Dockerfile ended with 1. See the log.';
    world.faults.add({ activity: 'buildImage', only: isAbout(input), act: fails(FailureType.BuildFailed, message) });
    const result = await (await start(input)).result();

    expect(result).toEqual({ outcome: 'failed', failure: { type: 'BuildFailed', message } });
    expect(states(input).at(-1)).toMatchObject({ state: 'failed', failure: { type: 'BuildFailed', message } });
    expect(world.gitHub.check(input.buildId)?.updates.at(-1)).toMatchObject({
      conclusion: 'failure',
      summary: message,
    });
    expect(effects(input)).toEqual(['fetch', 'clean']);
  });

  test('whose push fails in passing is pushed again', async () => {
    const input = buildOf('repushed');
    world.faults.add({
      ...{ activity: 'pushImage', only: (call: Call) => isAbout(input)(call) && pushes(input) === 1 },
      act: fails(FailureType.RegistryUnavailable, 'the registry does not answer'),
    });
    expect((await (await start(input)).result()).outcome).toBe('completed');
    expect(pushes(input)).toBe(2);
  });

  test.each([
    ['buildImage', 5],
    ['pushImage', 6],
  ])(
    'whose registry stays away in %s is tried %i times, says why, and is cleaned up [B7][B9][F1]',
    async (activity, times) => {
      const input = buildOf(`away-${activity.toLowerCase()}`);
      const message = 'The base image r.example/base:1 could not be pulled: it answered 503.';
      world.faults.add({ activity, only: isAbout(input), act: fails(FailureType.RegistryUnavailable, message) });

      const result = await (await start(input)).result();

      expect(world.faults.callsOf(activity).filter(isAbout(input))).toHaveLength(times);
      expect(result).toEqual({ outcome: 'failed', failure: { type: 'RegistryUnavailable', message } });
      expect(states(input).at(-1)).toMatchObject({
        state: 'failed',
        failure: { type: 'RegistryUnavailable', message },
      });
      expect(world.gitHub.check(input.buildId)?.updates.at(-1)).toMatchObject({
        conclusion: 'failure',
        summary: message,
      });
      expect(effects(input).at(-1)).toBe('clean');
    },
  );

  test.each(['fetchSource', 'buildImage', 'pushImage'])(
    'that is cancelled during %s stops there, is cleaned up and says so [B9][B10]',
    async (activity) => {
      const input = buildOf(`cancel-${activity.toLowerCase()}`);
      const arrived = Promise.withResolvers<undefined>();
      world.faults.add({
        ...{ activity, only: isAbout(input) },
        act: () => {
          arrived.resolve(undefined);
          return hangs();
        },
      });
      const handle = await start(input);
      await arrived.promise;
      expect(await handle.query(buildProgress)).toMatchObject({ host: 'builder' });
      await handle.cancel();

      expect(await handle.result()).toEqual({ outcome: 'cancelled', reason: 'cancelled on request' });
      expect(effects(input).at(-1)).toBe('clean');
      expect([...world.faults.running].filter(isAbout(input))).toEqual([]);
      expect(states(input).at(-1)?.state).toBe('cancelled');
      expect(world.gitHub.check(input.buildId)?.updates.at(-1)?.conclusion).toBe('cancelled');
    },
  );

  test('that is cancelled while it waits for a host has nothing to clean up [B10]', async () => {
    const input = buildOf('unclaimed');
    const arrived = Promise.withResolvers<undefined>();
    world.faults.add({
      ...{ activity: 'claimBuild', only: isAbout(input) },
      act: () => {
        arrived.resolve(undefined);
        return hangs();
      },
    });
    const handle = await start(input);
    await arrived.promise;
    expect(await handle.query(buildProgress)).toEqual({ state: 'pending', host: null });
    await handle.cancel();
    expect((await handle.result()).outcome).toBe('cancelled');
    expect(effects(input)).toEqual([]);
  });

  test('whose cleaning fails is completed all the same', async () => {
    const input = buildOf('unclean');
    world.faults.add({
      ...{ activity: 'cleanBuild', only: isAbout(input) },
      act: fails(FailureType.EngineRefused, 'the engine refuses to remove the image'),
    });
    expect((await (await start(input)).result()).outcome).toBe('completed');
  });
});

const pushes = (input: BuildInput): number => world.faults.callsOf('pushImage').filter(isAbout(input)).length;
