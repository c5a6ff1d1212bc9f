/**
 * A registry or an engine that stays away: its bounded attempts are made, then the failure is reported. Nothing was
 * switched.
 */
import { beforeAll, expect, test } from '@jest/globals';
import { FailureType } from '../../../contracts/core/failures.ts';
import { deploymentId, releaseWorkflowId } from '../../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import type { release } from '../../../workflows/release/release.workflow.ts';
import { fails } from '../../support/simulation/faults.ts';
import type { Call } from '../../support/simulation/faults.ts';
import { environmentSettings, releaseInput } from '../../support/simulation/fixtures.ts';
import { setScene, startDeployment } from '../../support/simulation/scene.ts';
import { startTimeSkippingWorld } from '../world.ts';
import type { World } from '../world.ts';

const HOSTS = ['host-a', 'host-b'];
/** The attempts in workflows/lib/activity-options.ts, and of the build's steps that go over the network. */
const [PREPARING, PUSHING] = [4, 6];

let world: World;
beforeAll(async () => {
  world = await startTimeSkippingWorld({ hosts: HOSTS, builders: ['builder'] });
});

const calls = (activity: string, service: string, place?: string) =>
  world.faults.callsOf(activity, place).filter(isAbout(service));
const isAbout =
  (service: string) =>
  ({ input }: Call): boolean =>
    JSON.stringify(input).includes(`shop.${service}.`);
const effectsOf = (all: readonly string[] = [], service: string) =>
  all.filter((effect) => effect.includes(` shop.${service}.`));

test.each([
  [FailureType.RegistryUnavailable, 'host-b: the registry does not answer.'],
  [FailureType.EngineUnavailable, 'host-b: Podman does not answer at its socket.'],
])(
  'a deployment that meets a lasting %s fails after its attempts, with nothing switched [B13][F1]',
  async (type, message) => {
    const service = type.toLowerCase();
    const scene = setScene(world, service);
    world.faults.add({ activity: 'prepare', place: 'host-b', only: isAbout(service), act: fails(type, message) });

    const result = await (await startDeployment(world.client, scene.next)).result();

    expect(result).toMatchObject({ outcome: 'failed', failure: { type, message }, urls: [], leftovers: [] });
    expect(calls('prepare', service, 'host-b')).toHaveLength(PREPARING);
    expect(calls('switchTo', service)).toEqual([]);
    const hosts = HOSTS.map((name) => world.hosts.get(name));
    expect(hosts.map((host) => host?.serving(scene.key))).toEqual(HOSTS.map(() => scene.before.digest));
    expect(hosts.map((host) => host?.replicas(scene.key))).toEqual(HOSTS.map(() => [scene.before.deploymentId]));
    expect(hosts.map((host) => effectsOf(host?.effects, service))).toEqual([[`pull ${scene.next.deploymentId}`], []]);
  },
);

test.each([
  [FailureType.RegistryUnavailable, 'the registry does not answer.'],
  [FailureType.EngineUnavailable, 'Podman does not answer at its socket.'],
])(
  'a build whose push meets a lasting %s fails after its attempts, is cleaned up and deploys nothing [B5][B9][F1]',
  async (type, message) => {
    const key = { project: 'shop', service: `push-${type.toLowerCase()}` };
    const scene = setScene(world, key.service);
    const input = releaseInput({ key, sequence: 2, environments: [environmentSettings('production', HOSTS)] });
    world.faults.add({ activity: 'pushImage', only: isAbout(key.service), act: fails(type, message) });

    const handle = await world.client.workflow.start<typeof release>('release', {
      taskQueue: CONTROL_QUEUE,
      workflowId: releaseWorkflowId(key, input.commit, input.sequence),
      args: [input],
    });

    expect(await handle.result()).toEqual({ outcome: 'failed', stages: [], failure: { type, message } });
    expect(calls('pushImage', key.service)).toHaveLength(PUSHING);
    expect(world.records.buildStates(input.releaseId).at(-1)).toMatchObject({ state: 'failed', failure: { type } });
    expect(
      effectsOf(world.builders.get('builder')?.effects, key.service).map((effect) => effect.split(' ')[0]),
    ).toEqual([...['fetch', 'build', 'clean']]);
    expect(world.builders.get('builder')?.slots.size).toBe(0);
    expect(world.records.deployments.has(deploymentId({ ...key, environment: 'production' }, 2))).toBe(false);
    expect(HOSTS.map((name) => effectsOf(world.hosts.get(name)?.effects, key.service))).toEqual([[], []]);
    expect(HOSTS.map((name) => world.hosts.get(name)?.serving(scene.key))).toEqual(
      HOSTS.map(() => scene.before.digest),
    );
  },
);
