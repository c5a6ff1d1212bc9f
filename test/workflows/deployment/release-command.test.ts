/** When the release command runs, and what follows from its failure. */
import { beforeAll, expect, test } from '@jest/globals';
import type { DeploymentRequest } from '../../../contracts/deployment/deployment.ts';
import { FailureType } from '../../../contracts/core/failures.ts';
import { deploymentProgress } from '../../../workflows/messages/deployment.messages.ts';
import { eventually } from '../../support/eventually.ts';
import { fails, hangs } from '../../support/simulation/faults.ts';
import type { Call } from '../../support/simulation/faults.ts';
import { setScene, startDeployment } from '../../support/simulation/scene.ts';
import type { Scene } from '../../support/simulation/scene.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a', 'host-b'] });
});

const withCommand = ({ next }: Scene): DeploymentRequest => ({
  ...next,
  settings: { ...next.settings, run: { ...next.settings.run, release: { command: ['migrate'], timeoutMs: 600_000 } } },
});
const isAbout =
  ({ key }: Scene) =>
  ({ input }: Call): boolean =>
    JSON.stringify(input).includes(`"${key.service}"`);
const effects = (name: string, { key }: Scene) =>
  (world.hosts.get(name)?.effects ?? []).filter((effect) => effect.includes(` shop.${key.service}.`));
const steps = ({ next }: Scene) =>
  world.records.steps
    .filter(({ deploymentId, state }) => deploymentId === next.deploymentId && state !== 'running')
    .map(({ step, state }) => `${step} ${state}`);

test('it runs on the first host, once, when all are prepared and before any is switched [B19]', async () => {
  const scene = setScene(world, 'good');
  const { deploymentId } = scene.next;
  const result = await (await startDeployment(world.client, withCommand(scene))).result();

  expect(result.outcome).toBe('live');
  expect(effects('host-a', scene)).toEqual([
    `pull ${deploymentId}`,
    `release command of ${deploymentId}`,
    `start ${deploymentId}`,
    `serve ${deploymentId}`,
  ]);
  expect(effects('host-b', scene)).toEqual([`pull ${deploymentId}`, `start ${deploymentId}`, `serve ${deploymentId}`]);
  expect(steps(scene)).toContain('release done');
});

test('its failure stops the deployment with nothing switched and nothing to restore [B19]', async () => {
  const scene = setScene(world, 'bad');
  const message = 'The release command exited with code 3 on host-a; nothing was switched.';
  world.faults.add({
    activity: 'runOnce',
    only: isAbout(scene),
    act: fails(FailureType.ReleaseCommandFailed, message),
  });
  const result = await (await startDeployment(world.client, withCommand(scene))).result();

  expect(result).toMatchObject({
    outcome: 'failed',
    failure: { type: 'ReleaseCommandFailed', message },
    leftovers: [],
  });
  expect(world.faults.callsOf('runOnce').filter(isAbout(scene))).toHaveLength(1);
  for (const activity of ['switchTo', 'restore']) {
    expect(world.faults.callsOf(activity).filter(isAbout(scene))).toEqual([]);
  }
  for (const host of world.hosts.values()) expect(host.serving(scene.key)).toBe(scene.before.digest);
});

test('an answer that was lost is asked for again, and the command has run once [B19][F1]', async () => {
  const scene = setScene(world, 'lost');
  const stop = world.faults.add({
    ...{ activity: 'runOnce', at: 'after', only: isAbout(scene) },
    act: (call) => {
      stop();
      fails(FailureType.EngineUnavailable, `${call.place} went away.`)();
    },
  });
  const result = await (await startDeployment(world.client, withCommand(scene))).result();

  expect(result.outcome).toBe('live');
  expect(world.faults.callsOf('runOnce').filter(isAbout(scene))).toHaveLength(2);
  expect(effects('host-a', scene).filter((effect) => effect.startsWith('release'))).toHaveLength(1);
});

test('a cancel while it runs ends the deployment as cancelled, with nothing switched [B19]', async () => {
  const scene = setScene(world, 'cancelled');
  world.faults.add({ activity: 'runOnce', only: isAbout(scene), act: hangs });
  const handle = await startDeployment(world.client, withCommand(scene));
  await eventually('the command', async () => (await handle.query(deploymentProgress)).step === 'release');

  await handle.cancel();

  expect(await handle.result()).toMatchObject({ outcome: 'cancelled', leftovers: [] });
  expect(world.faults.callsOf('switchTo').filter(isAbout(scene))).toEqual([]);
});

test('without one, nobody is asked to run anything [B19]', async () => {
  const scene = setScene(world, 'without');
  expect((await (await startDeployment(world.client, scene.next)).result()).outcome).toBe('live');
  expect(world.faults.callsOf('runOnce').filter(isAbout(scene))).toEqual([]);
});
