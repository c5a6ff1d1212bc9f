import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, getExternalWorkflowHandle, log, startChild, workflowInfo } from '@temporalio/workflow';
import type { ExternalWorkflowHandle } from '@temporalio/workflow';
import type { DeploymentRequest } from '../../contracts/deployment/deployment.ts';
import { environmentWorkflowId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey, ServiceKey } from '../../contracts/core/keys.ts';
import type { CancelRequest, ReleaseInput } from '../../contracts/deployment/release.ts';
import type { EnvironmentSettings } from '../../contracts/config/service.ts';
import { cancelDeployment, foundingOf, requestDeployment } from '../messages/environment.messages.ts';
import type { environment as environmentWorkflow } from '../environment/environment.workflow.ts';
import type { Built } from './build-once.ts';

/** The release's request to one environment. */
export function requestFor(
  release: ReleaseInput,
  environment: EnvironmentSettings,
  deploymentId: string,
  { image, digest }: Built,
): DeploymentRequest {
  const { releaseId, sequence, byName, byHand, rollbackTo, rollbackFrom, variables } = release;
  const { origin, ref, commit, subject, actor } = release;
  const { run, health } = release.settings;
  const key = { ...release.key, environment: environment.name };
  return {
    ...{ deploymentId, releaseId, key, sequence, byName, origin, ref, commit, subject, actor, image, digest },
    ...(release.called && { called: release.called }),
    ...(release.alsoBy && { alsoBy: release.alsoBy }),
    ...(release.authors && { authors: release.authors }),
    ...(byHand !== undefined && { byHand }),
    ...(rollbackTo !== undefined && { rollbackTo }),
    ...(rollbackFrom !== undefined && { rollbackFrom }),
    ...(variables && { variables }),
    settings: { run, health },
    environment,
    requester: workflowInfo().workflowId,
  };
}

/** Hands a deployment to its environment, which comes into being with the first one. Asking twice is asking once. */
export async function askEnvironment(request: DeploymentRequest): Promise<void> {
  await reachEnvironment(request.key, (environment) => environment.signal(requestDeployment, request));
}

/** It is there nearly always, so speak first and found it only when it is not. */
export async function reachEnvironment(
  key: EnvironmentKey,
  speak: (environment: ExternalWorkflowHandle) => Promise<void>,
): Promise<void> {
  const attempt = () => speak(getExternalWorkflowHandle(environmentWorkflowId(key)));
  await attempt().catch(async () => {
    await found(key);
    await attempt();
  });
}

async function found(key: EnvironmentKey): Promise<void> {
  try {
    await startChild<typeof environmentWorkflow>('environment', {
      ...foundingOf(key),
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  } catch (error) {
    // Two first releases at once.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** Takes the deployment out of the queue, or has it undone. Its end is signalled as always. Never fails. */
export async function cancelInEnvironment(
  key: ServiceKey,
  { environment, deploymentId }: { readonly environment: EnvironmentSettings; readonly deploymentId: string },
  request: CancelRequest,
): Promise<void> {
  await getExternalWorkflowHandle(environmentWorkflowId({ ...key, environment: environment.name }))
    .signal(cancelDeployment, { ...request, deploymentId })
    .catch((error: unknown) => log.warn('the environment is gone', { error, deploymentId }));
}
