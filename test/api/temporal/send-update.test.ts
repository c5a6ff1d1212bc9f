/** An update that a failed workflow task takes along is sent again, and takes effect once. */
import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { WorkflowService } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { createDeploymentGateway } from '../../../api/temporal/deployment-gateway.ts';
import { deploymentWorkflowId } from '../../../contracts/core/ids.ts';
import { deploymentProgress } from '../../../workflows/messages/deployment.messages.ts';
import type { deployment } from '../../../workflows/deployment/deployment.workflow.ts';
import { deploymentRequest } from '../../support/simulation/fixtures.ts';
import { testTemporal, workflowBundle } from '../../support/temporal.ts';

const LIMIT_MS = 30_000;
const BROKEN = 'a-broken-worker';
const taskQueue = `not-ready-${randomUUID()}`;
const request = deploymentRequest({
  key: { project: 'shop', service: 'not-ready', environment: 'production' },
  sequence: 1,
  hosts: ['host-a'],
});
/** `COMMAND_TYPE_PROTOCOL_MESSAGE` of temporal.api.enums.v1; the message that it names is not there. */
const INVALID = { commandType: 14, protocolMessageCommandAttributes: { messageId: 'not-there' } };

test('a pause that meets a failing task of its workflow is sent again, and holds the deployment once [A9][F1]', async () => {
  const { client, nativeConnection } = await testTemporal();
  const { namespace } = client.options;
  const handle = await client.workflow.start<typeof deployment>('deployment', {
    taskQueue,
    workflowId: deploymentWorkflowId(request.deploymentId),
    args: [{ request, generation: 1, waited: false }],
  });
  // Without a cache its next task comes to whoever asks, not to the worker of before.
  const worker = async () =>
    Worker.create({
      ...{ connection: nativeConnection, namespace, taskQueue, maxCachedWorkflows: 0 },
      workflowBundle: await workflowBundle(),
    });
  try {
    await (await worker()).runUntil(() => handle.query(deploymentProgress));
    const pausing = createDeploymentGateway(client).pauseDeployment(request.deploymentId, {
      by: { kind: 'github', name: 'ann' },
      reason: 'an incident',
    });
    const taskToken = await client.withDeadline(Date.now() + LIMIT_MS, () =>
      taskWithMessage(client.workflowService, namespace),
    );
    const answer = client.workflowService.respondWorkflowTaskCompleted({
      ...{ namespace, taskToken, identity: BROKEN, commands: [INVALID] },
    });
    await expect(answer).rejects.toThrow('not-there');

    await (
      await worker()
    ).runUntil(async () => {
      expect(await pausing).toMatchObject({ pause: { by: { name: 'ann' }, reason: 'an incident' } });
    });
  } finally {
    await handle.terminate();
  }
});

/** The first task that brings the update, as a broken worker gets it; those before are given back. */
async function taskWithMessage(service: WorkflowService, namespace: string): Promise<Uint8Array> {
  for (;;) {
    const { taskToken, messages } = await service.pollWorkflowTaskQueue({
      ...{ namespace, taskQueue: { name: taskQueue }, identity: BROKEN },
    });
    if (messages.length > 0) return taskToken;
    await service.respondWorkflowTaskFailed({ namespace, taskToken, identity: BROKEN });
  }
}
