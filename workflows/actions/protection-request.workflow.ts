import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, getExternalWorkflowHandle, startChild } from '@temporalio/workflow';
import type { ProtectedJob } from '../../contracts/github/protection.ts';
import { protectionWorkflowId } from '../../contracts/github/protection.ts';
import { SearchAttributes } from '../../contracts/core/search-attributes.ts';
import { jobAsked } from '../messages/protection.messages.ts';
import type { protection } from './protection.workflow.ts';

/**
 * Hands GitHub's question to the one workflow that answers for this run and environment. A workflow of its own, one for
 * each delivery: a redelivered question is none, while a job that is run again asks anew under the same run.
 */
export async function protectionRequest(job: ProtectedJob): Promise<void> {
  if (await begun(job)) return;
  const tell = () => getExternalWorkflowHandle(protectionWorkflowId(job)).signal(jobAsked, job);
  // It may have ended in between.
  await tell().catch(() => begun(job));
}

/** @returns `false` when another workflow answers already */
async function begun(job: ProtectedJob): Promise<boolean> {
  try {
    await startChild<typeof protection>('protection', {
      workflowId: protectionWorkflowId(job),
      args: [job],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `job of run ${job.runId} to ${job.environment}`,
      memo: { actor: job.actor.name, repository: job.repository },
      typedSearchAttributes: [{ key: SearchAttributes.commit, value: job.commit }],
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}
