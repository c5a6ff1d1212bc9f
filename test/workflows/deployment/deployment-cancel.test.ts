/**
 * A cancel at every step of a deployment, in four moments: before the step did anything, after it did all of it, while
 * it ends as if there were no cancel, and while it fails for another reason. All cases run side by side, each on an environment of its own.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { DeploymentResult } from '../../../contracts/deployment/deployment.ts';
import { FailureType } from '../../../contracts/core/failures.ts';
import { deploymentWorkflowId } from '../../../contracts/core/ids.ts';
import { fails, hangs } from '../../support/simulation/faults.ts';
import type { Call } from '../../support/simulation/faults.ts';
import { setScene, startDeployment } from '../../support/simulation/scene.ts';
import type { Scene } from '../../support/simulation/scene.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

const HOSTS = ['host-a', 'host-b'];
const ACTIVITIES = ['prepare', 'capture', 'switchTo', 'prove'];
const MOMENTS = ['before', 'after', 'while it ends', 'while it fails'] as const;

const CASES = MOMENTS.flatMap((moment) =>
  ACTIVITIES.flatMap((activity) => HOSTS.map((place) => ({ moment, activity, place }))),
).map((one, index) => ({ ...one, service: `case-${index}` }));

interface Ended {
  readonly scene: Scene;
  readonly result: DeploymentResult;
  /** The calls still under way when the result was known. */
  readonly running: readonly Call[];
}

let world: World;
const ends = new Map<string, Promise<Ended>>();

const isAbout =
  ({ next }: Scene) =>
  ({ input }: Call): boolean =>
    JSON.stringify(input).includes(`"${next.deploymentId}"`);

async function run({ moment, activity, place, service }: (typeof CASES)[number]): Promise<Ended> {
  const scene = setScene(world, service);
  const handle = world.client.workflow.getHandle(deploymentWorkflowId(scene.next.deploymentId));
  const stop = world.faults.add({
    ...{ place, activity, only: isAbout(scene), at: moment === 'before' ? 'before' : 'after' },
    act: async () => {
      // Once: the same activity may run again while the deployment is taken back.
      stop();
      await handle.cancel();
      if (moment === 'while it fails') await hangs().catch(fails(FailureType.EngineUnavailable, 'the engine is away'));
      else if (moment !== 'while it ends') await hangs();
    },
  });
  const result = await (await startDeployment(world.client, scene.next)).result();
  return { scene, result, running: [...world.faults.running].filter(isAbout(scene)) };
}

const onHosts = <T>(look: (host: NonNullable<ReturnType<World['hosts']['get']>>) => T): readonly T[] =>
  [...world.hosts.values()].map(look);

beforeAll(async () => {
  world = await startWorld({ hosts: HOSTS });
  for (const one of CASES) ends.set(one.service, run(one));
  await Promise.allSettled(ends.values());
}, 300_000);

describe('a deployment that is cancelled', () => {
  test.each(CASES)(
    '$moment, at $activity on $place: is cancelled, and what ran before serves alone [F2]',
    async ({ service }) => {
      const { scene, result, running } = await endOf(service);
      expect(result).toMatchObject({ outcome: 'cancelled', urls: [], leftovers: [] });
      expect(result.failure).toBeUndefined();
      expect(onHosts((host) => host.serving(scene.key))).toEqual(HOSTS.map(() => scene.before.digest));
      expect(onHosts((host) => host.replicas(scene.key))).toEqual(HOSTS.map(() => [scene.before.deploymentId]));
      expect(running).toEqual([]);
      expect(world.records.deploymentStates(scene.next.deploymentId).at(-1)?.state).toBe('cancelled');
    },
  );

  test('before it touched anything: restores nothing, because there is nothing to restore', async () => {
    const untouched = CASES.filter(({ activity }) => activity === 'prepare' || activity === 'capture');
    const restored = world.faults.callsOf('restore');
    const scenes = await Promise.all(untouched.map(async ({ service }) => (await endOf(service)).scene));
    expect(scenes.filter((scene) => restored.some(isAbout(scene)))).toEqual([]);
  });

  test('once it is live: stays live', async () => {
    const scene = setScene(world, 'too-late');
    const handle = world.client.workflow.getHandle(deploymentWorkflowId(scene.next.deploymentId));
    world.faults.add({ activity: 'finalize', only: isAbout(scene), act: () => handle.cancel().then(() => undefined) });
    expect((await (await startDeployment(world.client, scene.next)).result()).outcome).toBe('live');
  });

  test('while it is being taken back for another reason: is taken back all the same [F1]', async () => {
    const scene = setScene(world, 'taken-back');
    const handle = world.client.workflow.getHandle(deploymentWorkflowId(scene.next.deploymentId));
    world.faults.add({
      ...{ place: 'host-b', activity: 'switchTo', only: isAbout(scene) },
      act: fails(FailureType.PortTaken, 'the port is taken'),
    });
    world.faults.add({ activity: 'restore', only: isAbout(scene), act: () => handle.cancel().then(() => undefined) });
    const result = await (await startDeployment(world.client, scene.next)).result();
    expect(result).toMatchObject({ outcome: 'rolled_back', failure: { type: 'PortTaken' } });
    expect(onHosts((host) => host.serving(scene.key))).toEqual(HOSTS.map(() => scene.before.digest));
  });
});

function endOf(service: string): Promise<Ended> {
  return ends.get(service) ?? Promise.reject(new Error(`${service} was not begun.`));
}
