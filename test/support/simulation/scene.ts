/** One service in one environment, with a version that is live and a newer one on its way. */
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { DeploymentInput, DeploymentRequest } from '../../../contracts/deployment/deployment.ts';
import { deploymentWorkflowId, environmentWorkflowId } from '../../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import type { deployment } from '../../../workflows/deployment/deployment.workflow.ts';
import { requestDeployment } from '../../../workflows/messages/environment.messages.ts';
import type { environment } from '../../../workflows/environment/environment.workflow.ts';
import { deploymentRequest, targetRequest } from './fixtures.ts';
import type { Simulation } from './simulation.ts';

export interface Scene {
  readonly key: EnvironmentKey;
  /** The deployment that runs on every host at first. */
  readonly before: DeploymentRequest;
  readonly next: DeploymentRequest;
}

/**
 * @param service - a name that no other scene of the same simulation has
 * @param run - settings of both versions other than the usual ones
 */
export function setScene(
  { hosts }: Pick<Simulation, 'hosts'>,
  service: string,
  run: Partial<DeploymentRequest['settings']['run']> = {},
): Scene {
  const key = { project: 'shop', service, environment: 'production' };
  const names = [...hosts.keys()];
  const request = (sequence: number): DeploymentRequest => {
    const usual = deploymentRequest({ key, sequence, hosts: names });
    return { ...usual, settings: { ...usual.settings, run: { ...usual.settings.run, ...run } } };
  };
  const before = request(1);
  for (const host of hosts.values()) host.preset(targetRequest(before, 1));
  return { key, before, next: request(2) };
}

/** Without an environment around it. */
export function startDeployment(
  client: Client,
  request: DeploymentRequest,
  input: Partial<DeploymentInput> = {},
): Promise<WorkflowHandle<typeof deployment>> {
  return client.workflow.start<typeof deployment>('deployment', {
    taskQueue: CONTROL_QUEUE,
    workflowId: deploymentWorkflowId(request.deploymentId),
    args: [{ request, generation: request.sequence, waited: false, ...input }],
  });
}

/** Sends the request like a release: the environment comes into being with the first request. */
export function askEnvironment(
  client: Client,
  request: DeploymentRequest,
): Promise<WorkflowHandle<typeof environment>> {
  return client.workflow.signalWithStart<typeof environment, [DeploymentRequest]>('environment', {
    taskQueue: CONTROL_QUEUE,
    workflowId: environmentWorkflowId(request.key),
    args: [{ key: request.key }],
    signal: requestDeployment,
    signalArgs: [request],
  });
}
