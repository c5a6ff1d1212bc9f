/**
 * The time that a release waits for an environment that may not take it: days, bounded, and never for an answer that
 * cannot come.
 */
import { beforeAll, expect, test } from '@jest/globals';
import { environmentWorkflowId, releaseWorkflowId } from '../../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import type { ReleaseInput } from '../../../contracts/deployment/release.ts';
import {
  environmentState,
  lockEnvironment,
  pauseEnvironment,
  resumeEnvironment,
} from '../../../workflows/messages/environment.messages.ts';
import type { environment } from '../../../workflows/environment/environment.workflow.ts';
import type { release } from '../../../workflows/release/release.workflow.ts';
import { eventually } from '../../support/eventually.ts';
import { digestOf, environmentSettings, releaseInput } from '../../support/simulation/fixtures.ts';
import { bundleWithTimeouts } from '../../support/timeouts.ts';
import { startTimeSkippingWorld, startWorld } from '../world.ts';
import type { World } from '../world.ts';

const DAY_MS = 86_400_000;
const ann = { kind: 'github', name: 'ann' } as const;

let world: World;
beforeAll(async () => {
  world = await startTimeSkippingWorld({ hosts: ['host-a'], builders: ['builder'] });
});

/** A release to an environment that waits for nothing but what the test does to it. */
async function releaseTo(service: string, where = world) {
  const key = { project: 'shop', service };
  const built = {
    image: `registry.test/shop/${service}@${digestOf(service)}`,
    digest: digestOf(service),
    builder: 'dockerfile',
  };
  const input: ReleaseInput = {
    ...releaseInput({ key, sequence: 1, environments: [environmentSettings('production', ['host-a'])] }),
    image: built,
  };
  const id = environmentWorkflowId({ ...key, environment: 'production' });
  const start = {
    taskQueue: CONTROL_QUEUE,
    workflowId: id,
    args: [{ key: { ...key, environment: 'production' } }] as const,
  };
  const held = await where.client.workflow.start<typeof environment>('environment', {
    ...start,
    args: [...start.args],
  });
  const begin = async () => {
    const begun = await where.client.workflow.start<typeof release>('release', {
      taskQueue: CONTROL_QUEUE,
      workflowId: releaseWorkflowId(input.key, input.commit, input.sequence),
      args: [input],
    });
    await eventually('it to wait', async () => (await held.query(environmentState)).waiting.length === 1);
    return begun;
  };
  const serving = () => where.hosts.get('host-a')?.serving({ ...key, environment: 'production' });
  return { environment: held, begin, serving, digest: built.digest };
}

test('a lock that lasts for days is waited for, and the release lands when it opens [E9]', async () => {
  const { environment: locked, begin, serving, digest } = await releaseTo('locked');
  await locked.executeUpdate(lockEnvironment, { args: [{ by: ann, reason: 'an audit', forMs: 3 * DAY_MS }] });

  expect(await (await begin()).result()).toMatchObject({ outcome: 'completed', stages: [{ state: 'live' }] });

  expect(serving()).toBe(digest);
});

test('an environment that was ended by force is asked again, and takes up what waits for it [E9][F1]', async () => {
  // The time-skipping server does not skip any more once a workflow was ended by force.
  const bundle = bundleWithTimeouts({ release: { askAgainMs: 1_000 } });
  const impatient = await startWorld({ hosts: ['host-a'], builders: ['builder'] }, bundle);
  const { environment: ended, begin, serving, digest } = await releaseTo('ended', impatient);
  await ended.executeUpdate(pauseEnvironment, { args: [{ by: ann, reason: 'nobody knows' }] });
  const waiting = await begin();
  await ended.terminate('by mistake');
  const anew = impatient.client.workflow.getHandle<typeof environment>(ended.workflowId);
  await eventually('it to begin anew', async () => (await anew.describe()).status.name === 'RUNNING');
  await eventually('it to be waited for', async () => (await anew.query(environmentState)).waiting.length === 1);
  await anew.executeUpdate(resumeEnvironment, { args: [{ by: ann }] });

  expect(await waiting.result()).toMatchObject({ outcome: 'completed', stages: [{ state: 'live' }] });

  expect(serving()).toBe(digest);
});

test('what nobody lets in within a month leaves the queue, and its release says so [E9]', async () => {
  const { environment: paused, begin, serving } = await releaseTo('paused');
  await paused.executeUpdate(pauseEnvironment, { args: [{ by: ann, reason: 'for ever' }] });

  expect(await (await begin()).result()).toMatchObject({ outcome: 'cancelled', stages: [{ state: 'cancelled' }] });

  expect(await paused.query(environmentState)).toMatchObject({ running: null, waiting: [] });
  expect(serving()).toBeNull();
});
