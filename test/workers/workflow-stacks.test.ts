/** The SDK's record of each promise of a workflow is off, and on when the operator wants it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { environmentWorkflowId } from '../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../contracts/core/queues.ts';
import { keepWorkflowStacks } from '../../workers/workflow-stacks.ts';
import type { environment } from '../../workflows/environment/environment.workflow.ts';
import { environmentState } from '../../workflows/messages/environment.messages.ts';
import { startWorld } from '../workflows/world.ts';
import type { World } from '../workflows/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a'] });
});
afterAll(() => {
  keepWorkflowStacks(false);
});

/** An environment that waits for something to do: what Temporal says of it in its page "call stack". */
async function callStack(name: string): Promise<string> {
  const key = { project: 'shop', service: 'web', environment: name };
  const handle = await world.client.workflow.start<typeof environment>('environment', {
    workflowId: environmentWorkflowId(key),
    taskQueue: CONTROL_QUEUE,
    args: [{ key }],
  });
  await handle.query(environmentState);
  return handle.query<string>('__stack_trace');
}

test('Temporal is told that call stacks are not enabled, which workflows pay nothing for [F2]', async () => {
  await expect(callStack('usual')).rejects.toThrow('stack traces are not enabled on this worker');
});

test('LANDFALL_WORKFLOW_STACKS has Temporal show where a workflow waits [F2]', async () => {
  const [control] = world.services.filter(({ taskQueue }) => taskQueue === CONTROL_QUEUE);
  if (!control) throw new Error('the world has no control queue');
  await world.workers.stop(control.place);
  keepWorkflowStacks(true);
  await world.workers.start(control.place);

  expect(await callStack('looked-into')).toMatch(/workflows\/environment\/[a-z-]+(?:\.workflow)?\.ts:\d+/);
});
