import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, WorkflowIdReusePolicy, log, proxyActivities, startChild } from '@temporalio/workflow';
import type { RepairActivities } from '../activities/repair/repair.port.ts';
import type { Trigger } from '../contracts/delivery.ts';
import { headWorkflowId } from '../contracts/ids.ts';
import type { MovedHead, RepairResult } from '../contracts/repair.ts';
import type { delivery } from './delivery.workflow.ts';
import { upkeep } from './lib/activity-options.ts';

const { redeliverLost, findMovedHeads } = proxyActivities<RepairActivities>(upkeep);

/**
 * Finds what GitHub could not tell, once: deliveries that did not arrive are asked for again, and branches whose head
 * nobody told of are delivered as a push would be. A schedule runs it over and over.
 *
 * @returns `null` for a half that could not be done now
 */
export async function repairDeliveries(): Promise<{
  readonly deliveries: RepairResult | null;
  readonly heads: readonly string[] | null;
}> {
  const deliveries = await orLater('deliveries', redeliverLost());
  const moved = await orLater('branch heads', findMovedHeads());
  await Promise.all((moved ?? []).map(deliver));
  return { deliveries, heads: moved?.map(headWorkflowId) ?? null };
}

/** One half must not keep the other from being done. */
async function orLater<T>(what: string, work: Promise<T>): Promise<T | null> {
  return work.catch((error: unknown) => {
    log.warn(`the ${what} could not be looked at`, { error });
    return null;
  });
}

/** As a webhook would. The same head again is the same workflow. */
async function deliver(head: MovedHead): Promise<void> {
  const { commit, ...about } = head;
  const requestKey = headWorkflowId(head);
  const trigger: Trigger = { kind: 'push', requestKey, ...about, actor: { kind: 'github', name: 'github' } };
  try {
    await startChild<typeof delivery>('delivery', {
      workflowId: requestKey,
      args: [trigger],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      staticSummary: `${head.repository} ${head.branch} is at ${commit.slice(0, 7)}, which nobody told of`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
