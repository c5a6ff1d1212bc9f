import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, WorkflowIdReusePolicy, proxyActivities, startChild } from '@temporalio/workflow';
import type { ReconcileActivities, RepairActivities } from '../../activities/repair/repair.port.ts';
import type { Trigger } from '../../contracts/admission/delivery.ts';
import { againWorkflowId, headWorkflowId } from '../../contracts/core/ids.ts';
import { shortCommit } from '../../contracts/core/names.ts';
import {
  lostOrderId,
  lostWorkflowId,
  lostWorkflowType,
  type LostRelease,
  type MovedHead,
  type Reconciled,
  type RepairResult,
} from '../../contracts/inbox/repair.ts';
import type { ActionOnGitHub } from '../../contracts/inbox/inbox-event.ts';
import type { delivery } from '../admission/admission.workflow.ts';
import { upkeepCall as options } from '../lib/activity-options.ts';
import { Upkeep } from './upkeep.ts';

const { redeliverLost, findMovedHeads } = proxyActivities<RepairActivities>(options);
const { endLost } = proxyActivities<ReconcileActivities>(options);

/**
 * Finds events that GitHub could not deliver, once: it requests deliveries that did not arrive again, and delivers
 * branches with an unannounced head as a push would be. Work that is called under way and that no workflow does is
 * ended, and released again where no person has to order it. A schedule runs it over and over.
 *
 * @returns `null` for a part that could not be done now
 */
export async function repairDeliveries(): Promise<{
  readonly deliveries: RepairResult | null;
  readonly heads: readonly string[] | null;
  readonly lost: Reconciled | null;
}> {
  const upkeep = new Upkeep();
  const deliveries = await upkeep.part('lost deliveries', redeliverLost());
  const moved = await upkeep.part('branch heads', findMovedHeads());
  await Promise.all((moved ?? []).map(deliver));
  const heads = moved?.map(headWorkflowId) ?? null;
  const lost = await upkeep.part('lost work', endLost(), ({ error }) => error);
  await Promise.all((lost?.again ?? []).map(releaseAgain));
  await Promise.all((lost ? [...lost.unanswered, ...lost.unansweredClicks] : []).map(answerLost));
  await upkeep.settle();
  return { deliveries, heads, lost };
}

/** Delivers as a webhook would. The same head again is the same workflow. */
async function deliver(head: MovedHead): Promise<void> {
  const { commit, ...about } = head;
  const requestKey = headWorkflowId(head);
  const trigger: Trigger = { kind: 'push', requestKey, ...about, actor: { kind: 'github', name: 'github' } };
  await begin(trigger, `${head.repository} ${head.branch} is at ${shortCommit(commit)}, which no event announced`);
}

async function releaseAgain({ releaseId, actor }: LostRelease): Promise<void> {
  const trigger: Trigger = { kind: 'again', requestKey: againWorkflowId(releaseId), releaseId, actor };
  await begin(trigger, `${releaseId} was lost`);
}

/** In a reply of its own, or on the check run. The same order again is the same workflow. */
async function answerLost(told: ActionOnGitHub): Promise<void> {
  const orderId = lostOrderId(told);
  await unlessBegun(() =>
    startChild<(told: ActionOnGitHub) => Promise<unknown>>(lostWorkflowType(told), {
      workflowId: lostWorkflowId(told),
      args: [{ ...told, orderId, lost: true }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
      staticSummary: `${told.orderId} was lost`,
    }),
  );
}

async function begin(trigger: Trigger, summary: string): Promise<void> {
  await unlessBegun(() =>
    startChild<typeof delivery>('delivery', {
      workflowId: trigger.requestKey,
      args: [trigger],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      // One that failed has admitted nothing, and what kept it from doing so may be mended.
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
      staticSummary: summary,
    }),
  );
}

async function unlessBegun(start: () => Promise<unknown>): Promise<void> {
  try {
    await start();
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
