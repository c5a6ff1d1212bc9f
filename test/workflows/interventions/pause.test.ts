/** People pause a deployment that runs, and let it go on. */
import { describe, expect, test } from '@jest/globals';
import { deploymentWorkflowId } from '../../../contracts/core/ids.ts';
import { resumeDeployment } from '../../../workflows/messages/deployment.messages.ts';
import { environmentState } from '../../../workflows/messages/environment.messages.ts';
import { eventually } from '../../support/eventually.ts';
import { deploymentRequest } from '../../support/simulation/fixtures.ts';
import { askEnvironment, setScene, startDeployment } from '../../support/simulation/scene.ts';
import { HOSTS, ann, bob, isHeld, pause, refusal, startInterventions, type Handle } from './stage.ts';

const { world, serving, audit, hold } = await startInterventions();

describe('a deployment that is paused', () => {
  test('ends the step that it is in, holds before the next one, and goes on when it is resumed [F2][A8]', async () => {
    const scene = setScene(world, 'paused');
    const step = hold(scene, 'switchTo');
    const handle = await startDeployment(world.client, scene.next);
    await step.arrived;
    expect(await pause(handle)).toMatchObject({
      state: 'switching',
      pause: { by: ann, reason: 'an incident', until: null },
    });
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
  });

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
    expect(await refusal(pause(handle))).toMatchObject({
      type: 'NotPausable',
      message: expect.stringContaining('it is live'),
    });
    end.goOn();
    expect((await handle.result()).outcome).toBe('live');
  });
});
