/** The SDK's record of each promise of a workflow is left out, in tests as in Landfall's processes. */
import { expect, test } from '@jest/globals';
import { environmentWorkflowId } from '../../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import { isTuned } from '../../../infra/runtime-tuning/tuning.mjs';
import type { environment } from '../../../workflows/environment/environment.workflow.ts';
import { environmentState } from '../../../workflows/messages/environment.messages.ts';
import { startWorld } from '../../workflows/world.ts';

test('Temporal has no call stacks of workflows, which workflows pay nothing for [F2]', async () => {
  const world = await startWorld({ hosts: ['host-a'] });
  const key = { project: 'shop', service: 'web', environment: 'production' };
  const handle = await world.client.workflow.start<typeof environment>('environment', {
    workflowId: environmentWorkflowId(key),
    taskQueue: CONTROL_QUEUE,
    args: [{ key }],
  });
  await handle.query(environmentState);
  const stack = handle.query<string>('__stack_trace');

  // test/e2e/untuned.test.ts shows its answer with the switch off, in any run.
  if (isTuned(process.env)) await expect(stack).rejects.toThrow('stack traces are not enabled on this worker');
  else expect(await stack).toContain('environment');
});
