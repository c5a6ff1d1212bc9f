import { beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { FailureType } from '../../../contracts/core/failures.ts';
import {
  deploymentId,
  deploymentWorkflowId,
  environmentWorkflowId,
  releaseWorkflowId,
} from '../../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import type { ReleaseInput } from '../../../contracts/deployment/release.ts';
import type { deployment } from '../../../workflows/deployment/deployment.workflow.ts';
import { environmentState } from '../../../workflows/messages/environment.messages.ts';
import { cancelRelease, releaseProgress } from '../../../workflows/messages/release.messages.ts';
import type { release } from '../../../workflows/release/release.workflow.ts';
import { eventually } from '../../support/eventually.ts';
import { fails, hangs } from '../../support/simulation/faults.ts';
import type { Fault } from '../../support/simulation/faults.ts';
import { digestOf, environmentSettings, releaseInput } from '../../support/simulation/fixtures.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

const CANCEL = { by: { kind: 'github', name: 'octocat' }, reason: 'wrong branch' } as const;
let world: World;

beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a'], builders: ['builder'] });
});

/** A release of the service with this name, to dev and then production. */
const releaseOf = (service: string, sequence = 1): ReleaseInput =>
  releaseInput({
    key: { project: 'shop', service },
    sequence,
    environments: ['dev', 'production'].map((name) => environmentSettings(name, ['host-a'])),
  });

const start = (input: ReleaseInput): Promise<WorkflowHandle<typeof release>> =>
  world.client.workflow.start<typeof release>('release', {
    taskQueue: CONTROL_QUEUE,
    workflowId: releaseWorkflowId(input.key, input.commit, input.sequence),
    args: [input],
  });

const idIn = (environment: string, { key, sequence }: ReleaseInput) => deploymentId({ ...key, environment }, sequence);
const servingIn = (environment: string, { key }: ReleaseInput) =>
  world.hosts.get('host-a')?.serving({ ...key, environment });
const builds = ({ releaseId }: ReleaseInput) =>
  (world.builders.get('builder')?.effects ?? []).filter((effect) => effect.endsWith(` ${releaseId}`));

/** Holds an activity of this release; resolves when it has arrived there. */
function hold(input: ReleaseInput, fault: Pick<Fault, 'activity' | 'at'>, act: () => Promise<void> = hangs) {
  const arrived = Promise.withResolvers<undefined>();
  world.faults.add({
    ...fault,
    only: (call) => JSON.stringify(call.input).includes(`"${input.key.service}"`),
    act: () => {
      arrived.resolve(undefined);
      return act();
    },
  });
  return arrived.promise;
}

describe('a release', () => {
  test('is built once and brought to its environments in order, the same digest all along [A6]', async () => {
    const input = releaseOf('good');
    const result = await (await start(input)).result();

    const digest = digestOf(input.commit);
    const live = { state: 'live', urls: ['http://host-a:20080'] };
    expect(result).toEqual({
      outcome: 'completed',
      stages: [
        { environment: 'dev', deploymentId: idIn('dev', input), ...live },
        { environment: 'production', deploymentId: idIn('production', input), ...live },
      ],
    });
    expect([servingIn('dev', input), servingIn('production', input)]).toEqual([digest, digest]);
    expect(builds(input).filter((effect) => effect.startsWith('build '))).toHaveLength(1);
    expect(world.records.releaseResults.get(input.releaseId)).toEqual(result);
  });

  test('stops at the first environment that it does not reach [A6]', async () => {
    const input = releaseOf('stopped');
    world.hosts.get('host-a')?.makeUnhealthy(digestOf(input.commit));
    const health = { ...input.settings.health, attempts: 2, firstWaitMs: 10 };
    const result = await (await start({ ...input, settings: { ...input.settings, health } })).result();

    expect(result).toMatchObject({
      outcome: 'failed',
      stages: [{ environment: 'dev', state: 'rolled_back' }],
      failure: { type: 'Unhealthy' },
    });
    expect(result.stages).toHaveLength(1);
    expect(world.records.deployments.has(idIn('production', input))).toBe(false);
  });

  test('that does not build deploys nothing, and says why [B4]', async () => {
    const input = releaseOf('unbuilt');
    void hold(input, { activity: 'buildImage' }, async () => fails(FailureType.BuildFailed, 'step 3 ended with 1')());
    const handle = await start(input);
    const failure = { type: 'BuildFailed', message: 'step 3 ended with 1' };
    expect(await handle.result()).toEqual({ outcome: 'failed', stages: [], failure });
    expect(await handle.query(releaseProgress)).toEqual({ state: 'finished', stages: [], failure });
  });

  test('uses an image that exists already and builds nothing [A6]', async () => {
    const input = releaseOf('reused');
    const digest = digestOf('an earlier build');
    const image = { image: `registry.test/shop/reused@${digest}`, digest, builder: 'dockerfile' };
    expect((await (await start({ ...input, image })).result()).outcome).toBe('completed');
    expect(servingIn('production', input)).toBe(digest);
    expect(builds(input)).toEqual([]);
  });

  test('goes on as soon as its image is pushed, while the build host still tidies up [B9]', async () => {
    const input = releaseOf('quick');
    const tidied = Promise.withResolvers<undefined>();
    const tidying = hold(input, { activity: 'cleanBuild' }, () => tidied.promise);
    const result = (await start(input)).result();
    await tidying;
    expect((await result).outcome).toBe('completed');
    expect(builds(input)).not.toContain(`clean ${input.releaseId}`);
    tidied.resolve(undefined);
    await eventually('the build host to tidy up', () => builds(input).includes(`clean ${input.releaseId}`));
  });

  test('that is cancelled while it builds stops the build, and ends after it; who did it is on record once [B10][A8]', async () => {
    const input = releaseOf('cancel-build');
    const building = hold(input, { activity: 'buildImage' });
    const handle = await start(input);
    await building;
    expect(await handle.executeUpdate(cancelRelease, { args: [CANCEL] })).toEqual({ state: 'building', stages: [] });
    expect(await handle.result()).toMatchObject({ outcome: 'cancelled', stages: [] });
    expect(builds(input).at(-1)).toBe(`clean ${input.releaseId}`);
    expect(world.records.buildStates(input.releaseId).at(-1)?.state).toBe('cancelled');
    const cancels = world.records.audit.filter(
      ({ action, subject }) => `${action}/${subject}` === `release.cancel/${input.releaseId}`,
    );
    expect(cancels).toMatchObject([{ actor: 'github:octocat', detail: 'wrong branch', commit: input.commit }]);
  });

  test('that is cancelled while it waits for an environment leaves the queue', async () => {
    const [first, second] = [releaseOf('cancel-wait', 1), releaseOf('cancel-wait', 2)];
    const goOn = Promise.withResolvers<undefined>();
    const deploying = hold(first, { activity: 'prepare' }, () => goOn.promise);
    const one = await start(first);
    await deploying;
    const other = await start(second);
    const environment = world.client.workflow.getHandle(environmentWorkflowId({ ...first.key, environment: 'dev' }));
    await eventually(
      'the second one to wait',
      async () => (await environment.query(environmentState)).waiting.length === 1,
    );

    await other.executeUpdate(cancelRelease, { args: [CANCEL] });
    expect(await other.result()).toMatchObject({ outcome: 'cancelled', stages: [{ state: 'cancelled' }] });
    goOn.resolve(undefined);
    expect((await one.result()).outcome).toBe('completed');
    expect(servingIn('production', first)).toBe(digestOf(first.commit));
  });

  test.each(['by its update', 'as a workflow'])(
    'that is cancelled %s while it deploys has that undone',
    async (how) => {
      const input = releaseOf(how === 'as a workflow' ? 'cancel-outside' : 'cancel-inside');
      const switching = hold(input, { activity: 'switchTo', at: 'after' });
      const handle = await start(input);
      await switching;
      if (how === 'as a workflow') await handle.cancel();
      else await handle.executeUpdate(cancelRelease, { args: [CANCEL] });

      expect(await handle.result()).toMatchObject({
        outcome: 'cancelled',
        stages: [{ environment: 'dev', state: 'cancelled' }],
      });
      const undone = world.client.workflow.getHandle<typeof deployment>(deploymentWorkflowId(idIn('dev', input)));
      expect((await undone.result()).outcome).toBe('cancelled');
      expect(servingIn('dev', input)).toBeNull();
    },
  );

  test('that has ended cannot be cancelled any more', async () => {
    const input = releaseOf('over');
    const image = { image: `registry.test/shop/over@${digestOf('x')}`, digest: digestOf('x'), builder: 'dockerfile' };
    const handle = await start({ ...input, image, environments: [] });
    await handle.result();
    await expect(handle.executeUpdate(cancelRelease, { args: [CANCEL] })).rejects.toThrow();
  });
});
