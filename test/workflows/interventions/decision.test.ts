/** People's decisions about a failed step, and those that are too late or too much. */
import { describe, expect, test } from '@jest/globals';
import { FailureType } from '../../../contracts/core/failures.ts';
import { deploymentWorkflowId } from '../../../contracts/core/ids.ts';
import { cancelDeployment, environmentState } from '../../../workflows/messages/environment.messages.ts';
import { eventually } from '../../support/eventually.ts';
import { askEnvironment, setScene, startDeployment } from '../../support/simulation/scene.ts';
import { decide, patient, pause, refusal, waits, startInterventions, type Handle } from './stage.ts';

const { world, serving, audit, breaks } = await startInterventions();

describe('a decision', () => {
  test('about a step that waits for no decision is refused with what does, and with the state [F2]', async () => {
    const scene = setScene(world, 'wrong-step');
    breaks(scene, 'prepare', FailureType.DiskFull);
    const handle = await startDeployment(world.client, patient(scene));
    await waits(handle, 'prepare');
    expect(await refusal(decide(handle, 'switch', 'retry'))).toMatchObject({
      type: 'NotWaiting',
      message: `The step switch of ${scene.next.deploymentId} waits for no decision; prepare does. It is preparing.`,
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
    await eventually('the switch to wait', async () =>
      ((await environment.query(environmentState)).halted ?? '').startsWith(
        'waits for a decision: switch on host-b failed',
      ),
    );
    await environment.signal(cancelDeployment, {
      deploymentId: scene.next.deploymentId,
      by: { kind: 'github', name: 'ann' },
      reason: '',
    });
    expect(await handle.result()).toMatchObject({ outcome: 'cancelled', leftovers: [] });
    expect(serving(scene)).toEqual([scene.before.digest, scene.before.digest]);
  });
});
