/** No wait lasts for ever: the end of a pause, and of the wait for a decision, when no person comes. */
import { beforeAll, expect, test } from '@jest/globals';
import type { DeploymentRequest } from '../../../contracts/deployment/deployment.ts';
import { FailureType } from '../../../contracts/core/failures.ts';
import { eventually } from '../../support/eventually.ts';
import { fails } from '../../support/simulation/faults.ts';
import { setScene, startDeployment } from '../../support/simulation/scene.ts';
import type { Scene } from '../../support/simulation/scene.ts';
import { startTimeSkippingWorld } from '../world.ts';
import type { World } from '../world.ts';
import { HOSTS, isAbout, isHeld, pause } from './stage.ts';

let world: World;
beforeAll(async () => {
  world = await startTimeSkippingWorld({ hosts: HOSTS });
});

const serving = ({ key }: Scene) => [...world.hosts.values()].map((host) => host.serving(key));
const replicas = ({ key }: Scene) => [...world.hosts.values()].map((host) => host.replicas(key));
const expired = ({ next }: Scene) =>
  world.records.audit.filter(({ subject, actor }) => subject === next.deploymentId && actor === 'system:landfall');

test('a pause that nobody ends is taken back like a cancel after an hour, and says who paused it and why [F2][A8]', async () => {
  const scene = setScene(world, 'paused');
  const about = isAbout(scene);
  const step = Promise.withResolvers<undefined>();
  world.faults.add({ activity: 'switchTo', place: 'host-a', only: about, act: () => step.promise });
  const handle = await startDeployment(world.client, scene.next);
  await eventually('the switch', () => world.faults.callsOf('switchTo', 'host-a').some(about));
  await pause(handle);
  step.resolve(undefined);
  await isHeld(handle);
  expect(serving(scene)).toEqual([scene.next.digest, scene.before.digest]);
  const before = Date.now();

  const result = await handle.result();

  expect(result).toMatchObject({
    outcome: 'cancelled',
    leftovers: [],
    failure: {
      type: 'PauseExpired',
      message: 'It was paused by ann: an incident. It was not resumed within 1 h. Deploy it again.',
    },
  });
  expect(serving(scene)).toEqual([scene.before.digest, scene.before.digest]);
  expect(replicas(scene)).toEqual(HOSTS.map(() => [scene.before.deploymentId]));
  expect(expired(scene)).toMatchObject([{ action: 'deployment.pause.expired' }]);
  expect((expired(scene)[0]?.at ?? 0) - before).toBeGreaterThan(3_500_000);
});

test('a failed step about which nobody decides fails after the time that the environment gives it, and says so [F2][A8]', async () => {
  const scene = setScene(world, 'undecided');
  world.faults.add({ activity: 'prepare', place: 'host-b', act: fails(FailureType.DiskFull, 'host-b: disk full.') });
  const { environment } = scene.next;
  const next: DeploymentRequest = { ...scene.next, environment: { ...environment, onFailure: { waitMs: 5_400_000 } } };

  const result = await (await startDeployment(world.client, next)).result();

  expect(result).toMatchObject({
    outcome: 'failed',
    failure: { type: 'DiskFull', message: 'host-b: disk full. No decision came within 1 h 30 min.' },
  });
  expect(expired(scene)).toMatchObject([{ action: 'deployment.step.expired', detail: 'prepare' }]);
});
