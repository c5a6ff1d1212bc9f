import { beforeAll, describe, expect, test } from '@jest/globals';
import { FailureType } from '../../../contracts/core/failures.ts';
import { SearchAttributes } from '../../../contracts/core/search-attributes.ts';
import { deploymentProgress } from '../../../workflows/messages/deployment.messages.ts';
import { fails } from '../../support/simulation/faults.ts';
import { digestOf } from '../../support/simulation/fixtures.ts';
import { setScene, startDeployment } from '../../support/simulation/scene.ts';
import type { Scene } from '../../support/simulation/scene.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a', 'host-b'] });
});

const host = (name: string) => {
  const found = world.hosts.get(name);
  if (!found) throw new Error(`no host ${name}`);
  return found;
};
const onBoth = <T>(look: (name: string) => T): readonly T[] => [look('host-a'), look('host-b')];
const serving = ({ key }: Scene) => onBoth((name) => host(name).serving(key));
const effects = ({ key }: Scene) =>
  onBoth((name) => host(name).effects.filter((effect) => effect.includes(` shop.${key.service}.`)));
const steps = ({ next }: Scene) =>
  world.records.steps
    .filter(({ deploymentId }) => deploymentId === next.deploymentId)
    .map(({ step, place, state }) => [step, place, state].join(' ').replace('  ', ' '));

describe('a deployment', () => {
  test('switches one host after the other, proves both, and then removes what is not the way back [B13]', async () => {
    const scene = setScene(world, 'good');
    const { next, before } = scene;
    const result = await (await startDeployment(world.client, next)).result();

    expect(result).toEqual({
      deploymentId: next.deploymentId,
      outcome: 'live',
      urls: ['http://host-a:20080', 'http://host-b:20080'],
      healthAttempts: 1,
      leftovers: [],
    });
    expect(serving(scene)).toEqual([next.digest, next.digest]);
    expect(onBoth((name) => host(name).replicas(scene.key))).toEqual([
      [before.deploymentId, next.deploymentId],
      [before.deploymentId, next.deploymentId],
    ]);
    expect(steps(scene).filter((step) => /switch|verify|finalize/.test(step))).toEqual([
      ...['switch host-a running', 'switch host-a done', 'switch host-b running', 'switch host-b done'],
      ...['verify running', 'verify done', 'finalize running', 'finalize done'],
    ]);
  });

  test('that cannot be prepared on one of two hosts fails with nothing touched on either [B13]', async () => {
    const scene = setScene(world, 'unprepared');
    const message = 'host-b: the registry has no such image. Build it again.';
    world.faults.add({
      ...{ place: 'host-b', activity: 'prepare', only: isAbout(scene) },
      act: fails(FailureType.ImageNotFound, message),
    });
    const result = await (await startDeployment(world.client, scene.next)).result();

    expect(result).toMatchObject({ outcome: 'failed', failure: { type: 'ImageNotFound', message }, leftovers: [] });
    expect(serving(scene)).toEqual([scene.before.digest, scene.before.digest]);
    expect(effects(scene)).toEqual([[`pull ${scene.next.deploymentId}`], []]);
  });

  test('that fails on the second host is taken back on both, newest first, and proven so [F1]', async () => {
    const scene = setScene(world, 'second');
    const { next, before } = scene;
    world.faults.add({
      ...{ place: 'host-b', activity: 'switchTo', at: 'after', only: isAbout(scene) },
      act: fails(FailureType.PortTaken, 'host-b: port 20080 is taken by another process.'),
    });
    const result = await (await startDeployment(world.client, next)).result();

    expect(result).toMatchObject({ outcome: 'rolled_back', failure: { type: 'PortTaken' }, urls: [], leftovers: [] });
    expect(serving(scene)).toEqual([before.digest, before.digest]);
    expect(onBoth((name) => host(name).replicas(scene.key))).toEqual([[before.deploymentId], [before.deploymentId]]);
    expect(steps(scene).filter((step) => step.startsWith('restore'))).toEqual([
      ...['restore host-b running', 'restore host-b done', 'restore host-a running', 'restore host-a done'],
    ]);
    const proofs = world.faults.callsOf('prove').filter(isAbout(scene));
    expect(proofs.map(({ place }) => place)).toEqual(['host-b', 'host-a']);
  });

  test('that is the first one ever leaves nothing behind when it fails [F1]', async () => {
    const scene = setScene(world, 'first');
    for (const { activities } of world.hosts.values()) await activities.remove({ key: scene.key, generation: 1 });
    host('host-b').makeUnhealthy(scene.next.digest);
    const next = { ...scene.next, settings: { ...scene.next.settings, health: impatient(scene) } };
    const result = await (await startDeployment(world.client, next)).result();

    expect(result).toMatchObject({ outcome: 'rolled_back', failure: { type: 'Unhealthy' }, leftovers: [] });
    expect(onBoth((name) => host(name).replicas(scene.key))).toEqual([[], []]);
  });

  test('whose health attempts are used up says how many there were [E6]', async () => {
    const scene = setScene(world, 'used-up');
    host('host-a').makeUnhealthy(scene.next.digest);
    const next = { ...scene.next, settings: { ...scene.next.settings, health: impatient(scene) } };
    const result = await (await startDeployment(world.client, next)).result();
    expect(result).toMatchObject({ outcome: 'rolled_back', healthAttempts: 3, failure: { type: 'Unhealthy' } });
    expect(world.faults.callsOf('switchTo').filter(isAbout(scene))).toHaveLength(3);
  });

  test('that becomes healthy at the third attempt is live, and says so [E6]', async () => {
    const scene = setScene(world, 'third-time');
    host('host-b').makeUnhealthy(scene.next.digest, 2);
    const next = { ...scene.next, settings: { ...scene.next.settings, health: impatient(scene) } };
    const result = await (await startDeployment(world.client, next)).result();
    expect(result).toMatchObject({ outcome: 'live', healthAttempts: 3 });
  });

  test('that cannot be taken back on one host says which, and still takes back the other [F1]', async () => {
    const scene = setScene(world, 'stuck');
    host('host-b').makeUnhealthy(scene.next.digest);
    const next = { ...scene.next, settings: { ...scene.next.settings, health: impatient(scene) } };
    world.faults.add({
      ...{ place: 'host-b', activity: 'restore', only: isAbout(scene) },
      act: fails(FailureType.EngineRefused, 'the engine refuses to start the old container.'),
    });
    const result = await (await startDeployment(world.client, next)).result();

    expect(result).toMatchObject({
      outcome: 'rollback_failed',
      failure: {
        type: 'RollbackFailed',
        message: expect.stringMatching(/503.*Not restored: host-b: the engine refuses/s),
      },
      leftovers: ['host-b: the engine refuses to start the old container.'],
    });
    expect(host('host-a').serving(scene.key)).toBe(scene.before.digest);
  });

  test('is not called rolled back when another version serves behind a green health check [F1]', async () => {
    const wrong = digestOf('something else');
    const scene = setScene(world, 'wrong');
    host('host-a').makeUnhealthy(scene.next.digest);
    const next = { ...scene.next, settings: { ...scene.next.settings, health: impatient(scene) } };
    host('host-a').restoreWrongly(wrong);
    const result = await (await startDeployment(world.client, next)).result();

    expect(result).toMatchObject({
      outcome: 'rollback_failed',
      leftovers: [expect.stringContaining(`serves ${wrong} and not ${scene.before.digest}`)],
    });
  });

  test('is live even when tidying up fails', async () => {
    const scene = setScene(world, 'untidy');
    world.faults.add({
      ...{ place: 'host-a', activity: 'finalize', only: isAbout(scene) },
      act: fails(FailureType.EngineRefused, 'the engine refuses to remove anything'),
    });
    const result = await (await startDeployment(world.client, scene.next)).result();
    expect(result).toMatchObject({ outcome: 'live', leftovers: [] });
    expect(steps(scene).at(-1)).toBe('finalize failed');
  });

  test('tells by query and search attribute how far it is [F2]', async () => {
    const scene = setScene(world, 'told');
    const arrived = Promise.withResolvers<undefined>();
    const goOn = Promise.withResolvers<undefined>();
    world.faults.add({
      ...{ place: 'host-b', activity: 'switchTo', only: isAbout(scene) },
      act: () => {
        arrived.resolve(undefined);
        return goOn.promise;
      },
    });
    const handle = await startDeployment(world.client, scene.next);
    await arrived.promise;
    expect(await handle.query(deploymentProgress)).toEqual({
      ...{ state: 'switching', step: 'switch', place: 'host-b', healthAttempts: 1 },
    });
    const { typedSearchAttributes } = await handle.describe();
    expect(typedSearchAttributes.get(SearchAttributes.state)).toBe('switching');
    goOn.resolve(undefined);
    await handle.result();
    expect((await handle.query(deploymentProgress)).state).toBe('live');
  });
});

const isAbout =
  ({ next }: Scene) =>
  ({ input }: { readonly input: unknown }): boolean =>
    JSON.stringify(input).includes(`"deploymentId":"${next.deploymentId}"`);

/** Three attempts, milliseconds apart. */
const impatient = ({ next }: Scene) => ({ ...next.settings.health, attempts: 3, firstWaitMs: 10, maxWaitMs: 20 });
