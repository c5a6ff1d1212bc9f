/** A commit's display of its way through an environment: one check run, at the gate and at the end. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { deploymentCheckId } from '../../../contracts/github/check-run.ts';
import type { DeploymentRequest } from '../../../contracts/deployment/deployment.ts';
import { FailureType } from '../../../contracts/core/failures.ts';
import { cancelDeployment, environmentState } from '../../../workflows/messages/environment.messages.ts';
import { eventually } from '../../support/eventually.ts';
import { fails, hangs, holdDeployment } from '../../support/simulation/faults.ts';
import { deploymentRequest } from '../../support/simulation/fixtures.ts';
import { askEnvironment } from '../../support/simulation/scene.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a'] });
});

const request = (service: string, sequence = 1): DeploymentRequest =>
  deploymentRequest({
    key: { project: 'shop', service, environment: 'production' },
    sequence,
    hosts: ['host-a'],
  });
const shownOf = ({ deploymentId }: DeploymentRequest) => world.gitHub.shown(deploymentCheckId(deploymentId));
const told = (about: DeploymentRequest) =>
  eventually('its check', () => {
    const last = shownOf(about).at(-1);
    return last && last.conclusion !== 'action_required' ? last : undefined;
  });
const callsOf = ({ deploymentId }: DeploymentRequest) =>
  world.faults.callsOf('showCheck').filter(({ input }) => JSON.stringify(input).includes(`/${deploymentId}"`));
const breaks = (activity: string, { key }: DeploymentRequest, type: FailureType = FailureType.VerificationFailed) =>
  world.faults.add({
    activity,
    only: ({ input }) => JSON.stringify(input).includes(`"service":"${key.service}"`),
    act: fails(type, 'another version serves'),
  });

describe('the check of an environment', () => {
  test('is told once, at the end: version, image, that nothing was rolled back, and a way back [E11]', async () => {
    const lands = request('lands');
    await askEnvironment(world.client, lands);
    expect(await told(lands)).toMatchObject({
      name: 'Landfall: lands / production',
      commit: lands.commit,
      title: `${lands.commit.slice(0, 7)} is live`,
      conclusion: 'success',
      buttons: ['roll-back'],
      logPath: `/deployments/${lands.deploymentId}`,
      rows: expect.arrayContaining([
        ['Version', `\`${lands.commit.slice(0, 7)}\` of main`],
        ['Image', `\`${lands.digest}\``],
        ['Rollback', 'Not needed: it was seen serving'],
      ]) as unknown,
    });
    expect(callsOf(lands)).toHaveLength(1);
  });

  test('says what its service was called when it was released, and is found by what it is kept as [E11][B4]', async () => {
    const lands = { ...request('moved'), called: { project: 'store', service: 'frontend' } };
    await askEnvironment(world.client, lands);
    expect(await told(lands)).toMatchObject({
      name: 'Landfall: frontend / production',
      rows: expect.arrayContaining([['Environment', 'frontend in production']]) as unknown,
    });
  });

  test.each([
    ['prepare', 'failed', 'failure', 'Not needed: nothing was touched, what ran before never stopped'],
    ['switchTo', 'rolled back', 'failure', 'Done: what ran before is running again, and was seen serving'],
  ])('after a failure at %s says %s, and why [E11][E6]', async (activity, _outcome, conclusion, rollback) => {
    const broken = request(`broken-${activity.toLowerCase()}`);
    breaks(activity, broken);
    await askEnvironment(world.client, broken);
    expect(await told(broken)).toMatchObject({
      ...{ conclusion, message: 'another version serves', buttons: [] },
      rows: expect.arrayContaining([['Rollback', rollback]]) as unknown,
    });
  });

  test('says loudly that a person is needed when the way back failed as well [E11]', async () => {
    const stuck = request('stuck');
    breaks('switchTo', stuck);
    breaks('restore', stuck, FailureType.ImageNotFound);
    await askEnvironment(world.client, stuck);
    expect(await told(stuck)).toMatchObject({
      conclusion: 'failure',
      title: expect.stringContaining('a person is needed') as unknown,
      rows: expect.arrayContaining([['Rollback', '**Failed: a person is needed**']]) as unknown,
    });
  });

  test('of what was cancelled and of what a newer commit made pointless is no failure [E11][F2]', async () => {
    const [running, older, newer] = [request('busy', 1), request('busy', 2), request('busy', 3)];
    const held = holdDeployment(world.faults, running.deploymentId);
    const handle = await askEnvironment(world.client, running);
    await held.arrived;
    await askEnvironment(world.client, newer);
    await askEnvironment(world.client, older);
    await handle.signal(cancelDeployment, {
      deploymentId: running.deploymentId,
      by: { kind: 'github', name: 'ann' },
      reason: 'no',
    });
    held.goOn();
    expect(await told(running)).toMatchObject({ conclusion: 'cancelled' });
    expect(await told(newer)).toMatchObject({ conclusion: 'success' });
    expect(await told(older)).toMatchObject({ conclusion: 'neutral' });
  });

  test('is told of a commit that was old when its turn came at once, though GitHub sees no deployment [E11]', async () => {
    const [newer, older] = [request('old', 2), request('old', 1)];
    const handle = await askEnvironment(world.client, newer);
    await eventually('it to be free', async () => {
      const { live, running } = await handle.query(environmentState);
      return live !== null && running === null;
    });
    await askEnvironment(world.client, older);
    expect(await told(older)).toMatchObject({ conclusion: 'neutral' });
    expect(world.gitHub.deployments(older.deploymentId)).toEqual([]);
  });

  test('is given up when GitHub refuses it for good; the deployment and its statuses go on [E11][A3]', async () => {
    const refused = request('refused');
    world.faults.add({
      activity: 'showCheck',
      only: ({ input }) => JSON.stringify(input).includes(`/${refused.deploymentId}"`),
      act: fails(FailureType.GitHubForbidden, 'Grant the App the permission checks: write.'),
    });
    await askEnvironment(world.client, refused);
    await eventually('GitHub to be told', () => world.gitHub.states(refused.deploymentId).at(-1) === 'success');
    // The reports run beside each other: either may be first.
    await eventually('its check to be tried', () => callsOf(refused).length > 0);
    expect([callsOf(refused).length, shownOf(refused)]).toEqual([1, []]);
  });

  test('never fails or delays a deployment, and is left to a report while GitHub is away [E11][F1]', async () => {
    const alone = request('alone');
    const stop = world.faults.add({
      activity: 'showCheck',
      only: ({ input }) => JSON.stringify(input).includes(`/${alone.deploymentId}"`),
      act: hangs,
    });
    await askEnvironment(world.client, alone);
    await eventually('it to be live', () =>
      world.records.deploymentStates(alone.deploymentId).some(({ state }) => state === 'live'),
    );
    await eventually('the report', () => callsOf(alone).length > 1);
    expect(callsOf(alone).at(-1)?.input).toMatchObject({ mayExist: true, conclusion: 'success' });
    stop();
    await world.client.workflow.getHandle(`report/${alone.deploymentId}`).terminate();
  });
});
