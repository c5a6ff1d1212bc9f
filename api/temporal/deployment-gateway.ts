/** The part of the gateway through which people reach a deployment that runs. */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { DeploymentProgress } from '../../contracts/deployment/deployment.ts';
import type { PauseRequest, ResumeRequest } from '../../contracts/deployment/environment.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { deploymentWorkflowId } from '../../contracts/core/ids.ts';
import type { StepDecisionRequest } from '../../contracts/deployment/steps.ts';
import {
  decideStep,
  deploymentProgress,
  pauseDeployment,
  resumeDeployment,
} from '../../workflows/messages/deployment.messages.ts';
import { QUERY_DEADLINE_MS, updateFailure } from './answers.ts';
import { sendUpdate } from './send-update.ts';

/**
 * Each change throws `NotRunning`; the deployment's own failure where that cannot be done; `TemporalUnavailable` or
 * `WorkerUnavailable` without an answer.
 */
export interface DeploymentGateway {
  pauseDeployment(id: string, request: PauseRequest): Promise<DeploymentProgress>;
  resumeDeployment(id: string, request: ResumeRequest): Promise<DeploymentProgress>;
  /** @throws also `InvalidRequest` for a step that cannot be skipped */
  decideStep(id: string, request: StepDecisionRequest): Promise<DeploymentProgress>;
  /** `undefined` when no workflow answers within a second, or there is none. */
  deploymentProgress(id: string): Promise<DeploymentProgress | undefined>;
}

export function createDeploymentGateway(client: Client): DeploymentGateway {
  const handle = (id: string) => client.workflow.getHandle(deploymentWorkflowId(id));

  const update =
    <R>(definition: UpdateDefinition<DeploymentProgress, [R]>, verb: string) =>
    async (id: string, request: R): Promise<DeploymentProgress> => {
      const attempted = `${verb} ${id}`;
      try {
        return await sendUpdate(client, (once) => handle(id).executeUpdate(definition, { args: [request], ...once }));
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw await updateFailure(client, error, attempted);
        throw failure(FailureType.NotRunning, `Could not ${attempted}: it has not begun, or it has ended by now.`);
      }
    };

  return {
    pauseDeployment: update(pauseDeployment, 'pause'),
    resumeDeployment: update(resumeDeployment, 'resume'),
    decideStep: update(decideStep, 'decide about a step of'),
    async deploymentProgress(id) {
      const ask = () => handle(id).query(deploymentProgress);
      return client.withDeadline(Date.now() + QUERY_DEADLINE_MS, ask).catch(() => undefined);
    },
  };
}
