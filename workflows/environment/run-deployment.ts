/** Runs a deployment as the child of its environment, so that no caller holds a lock. */
import { ChildWorkflowCancellationType, ParentClosePolicy, executeChild } from '@temporalio/workflow';
import { shortCommit } from '../../contracts/core/names.ts';
import type { DeploymentInput, DeploymentResult } from '../../contracts/deployment/deployment.ts';
import { deploymentWorkflowId } from '../../contracts/core/ids.ts';
import { SearchAttributes } from '../../contracts/core/search-attributes.ts';
import type { deployment } from '../deployment/deployment.workflow.ts';

/** Runs it to its end. A cancel of the scope around it is waited for: it takes back what it has done first. */
export function runDeployment(input: DeploymentInput): Promise<DeploymentResult> {
  const { request } = input;
  const { key, deploymentId, commit, subject, actor } = request;
  return executeChild<typeof deployment>('deployment', {
    workflowId: deploymentWorkflowId(deploymentId),
    args: [input],
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    // A forced end of the environment must not end a deployment halfway.
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `${key.project}/${key.service} ${shortCommit(commit)} → ${key.environment}`,
    memo: { subject, actor: actor.name, page: `/deployments/${deploymentId}` },
    typedSearchAttributes: [
      { key: SearchAttributes.project, value: key.project },
      { key: SearchAttributes.service, value: key.service },
      { key: SearchAttributes.environment, value: key.environment },
      { key: SearchAttributes.commit, value: commit },
    ],
  });
}
