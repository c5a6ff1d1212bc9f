/** An environment that was ended by force has lost its history. What is live there it knows all the same. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { DeploymentRequest } from '../../contracts/deployment.ts';
import { FailureType } from '../../contracts/failures.ts';
import { environmentWorkflowId } from '../../contracts/ids.ts';
import { CONTROL_QUEUE } from '../../contracts/queues.ts';
import { environmentState, resumeEnvironment } from '../../workflows/environment.messages.ts';
import type { environment } from '../../workflows/environment.workflow.ts';
import { eventually } from '../support/eventually.ts';
import { fails, holdDeployment } from '../support/simulation/faults.ts';
import { deploymentRequest } from '../support/simulation/fixtures.ts';
import { askEnvironment } from '../support/simulation/scene.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

const ann = { kind: 'github', name: 'ann' } as const;

let world: World;
beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a'] });
});

function environmentOf(service: string) {
  const key = { project: 'shop', service, environment: 'production' };
  const request = (sequence: number): DeploymentRequest => deploymentRequest({ key, sequence, hosts: ['host-a'] });
  const idOf = (sequence: number) => request(sequence).deploymentId;
  const lastOf = (sequence: number) => world.records.deploymentStates(idOf(sequence)).at(-1);
  const handle: WorkflowHandle<typeof environment> = world.client.workflow.getHandle(environmentWorkflowId(key));
  const ended = (sequence: number, outcome: string) =>
    eventually(`${idOf(sequence)} to be ${outcome}`, () => lastOf(sequence)?.state === outcome);
  return {
    ...{ key, idOf, lastOf, ended, handle },
    ask: (sequence: number, more: Partial<DeploymentRequest> = {}) =>
      askEnvironment(world.client, { ...request(sequence), ...more }),
    /** Asks, and waits until the environment knows that it is live. */
    async land(sequence: number, more: Partial<DeploymentRequest> = {}) {
      await askEnvironment(world.client, { ...request(sequence), ...more });
      return eventually(`${idOf(sequence)} to be live`, async () => {
        const state = await handle.query(environmentState);
        return state.live?.sequence === sequence && state;
      });
    },
    endByForce: () => handle.terminate('somebody lost patience'),
    serving: () => world.hosts.get('host-a')?.serving(key),
    digestOf: (sequence: number) => request(sequence).digest,
  };
}

describe('an environment that was ended by force', () => {
  test('does not go backwards when it begins anew, and knows what to return to [E9][F1]', async () => {
    const { land, ask, ended, endByForce, handle, serving, digestOf } = environmentOf('forgetful');
    await land(4);
    const before = await land(5);
    await endByForce();

    await ask(3);
    await ended(3, 'superseded');

    const { live, previous, generation } = await handle.query(environmentState);
    expect({ live, previous }).toEqual({ live: before.live, previous: before.previous });
    expect(generation).toBeGreaterThanOrEqual(before.generation);
    expect(serving()).toBe(digestOf(5));
    expect((await land(6)).previous).toEqual(before.live);
  });

  test('counts what landed while there was no environment [E9][F1]', async () => {
    const { land, ask, ended, endByForce, handle, idOf, lastOf } = environmentOf('absent');
    await land(1);
    const held = holdDeployment(world.faults, idOf(5));
    await ask(5);
    await held.arrived;
    await endByForce();
    held.goOn();
    await ended(5, 'live');

    // Whoever asked for it was never answered, and asks again.
    await ask(5);
    await ask(4);
    await ended(4, 'superseded');

    const { live, previous } = await handle.query(environmentState);
    expect([live?.sequence, live?.generation, previous?.sequence]).toEqual([5, lastOf(5)?.generation, 1]);
    const begun = world.faults.callsOf('prepare').filter(({ input }) => JSON.stringify(input).includes(`"${idOf(5)}"`));
    expect(begun).toHaveLength(1);
  });

  test('keeps automatic deployments out after a rollback by hand, until somebody resumes [E6][E9]', async () => {
    const { land, ask, ended, endByForce, handle, idOf, lastOf } = environmentOf('held');
    await land(1);
    await land(2, { byName: true, byHand: true, rollbackTo: idOf(1), actor: ann });
    await endByForce();

    await ask(3);
    await ended(3, 'cancelled');
    expect(lastOf(3)?.failure?.type).toBe('HeldAfterRollback');
    expect((await handle.query(environmentState)).hold).toMatchObject({ by: ann, deploymentId: idOf(2) });

    await endByForce();
    // The first that it hears.
    const begun = await world.client.workflow.start<typeof environment>('environment', {
      ...{ taskQueue: CONTROL_QUEUE, workflowId: handle.workflowId },
      args: [{ key: { project: 'shop', service: 'held', environment: 'production' } }],
    });
    await begun.executeUpdate(resumeEnvironment, { args: [{ by: ann }] });
    await land(4);
  });

  test('keeps nobody waiting for a store that does not answer [F1]', async () => {
    const { land, endByForce } = environmentOf('storeless');
    await land(2);
    await endByForce();
    const isOurs = ({ input }: { readonly input: unknown }) => JSON.stringify(input).includes('"storeless"');
    world.faults.add({
      activity: 'recallLive',
      only: isOurs,
      act: fails(FailureType.StoreUnavailable, 'the store does not answer'),
    });

    expect(await land(3)).toMatchObject({ live: { sequence: 3 }, previous: null });
  });
});
