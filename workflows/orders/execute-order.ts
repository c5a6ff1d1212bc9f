import { ParentClosePolicy, executeChild, proxyActivities } from '@temporalio/workflow';
import type { PeopleActivities } from '../../activities/people/people.port.ts';
import type { DeliveryResult, Trigger } from '../../contracts/admission/delivery.ts';
import { requestWorkflowId } from '../../contracts/core/ids.ts';
import type { Order, OrderResult } from '../../contracts/github/order.ts';
import type { delivery } from '../admission/admission.workflow.ts';
import { orderCall } from '../lib/activity-options.ts';

const people = proxyActivities<PeopleActivities>({ ...orderCall, summary: 'carry out an order' });

/**
 * Does what a person has ordered, once for an order id. The caller has checked that they may; about an approval the
 * release itself decides. A release goes on by itself.
 *
 * @throws as the activities of people.port.ts; for a release as `admit` does
 */
export async function executeOrder(order: Order): Promise<OrderResult> {
  switch (order.kind) {
    case 'decide':
      return { kind: 'decided', approval: await people.decide(order) };
    case 'cancel':
      return { kind: 'cancelled', was: await people.cancel(order) };
    case 'lock':
      return { kind: 'environment', state: await people.lock(order) };
    case 'unlock':
      return { kind: 'environment', state: await people.unlock(order) };
    case 'destroy':
      await people.destroy(order);
      return { kind: 'destroying' };
    case 'preview': {
      const { orderId, by, pull, wish } = order;
      return { kind: 'preview', answer: await people.preview({ orderId, by, pull, wish }) };
    }
    case 'retry':
      return release(await people.retryOf(order));
    case 'deploy': {
      const { key, environment, ref } = order;
      return release({ kind: 'request', ...requestOf(order), ...key, environment, ref });
    }
    case 'promote':
      return release({ kind: 'promote', ...requestOf(order), ...order.key });
    case 'rollback':
      return release({ kind: 'rollback', ...requestOf(order), ...order.key, to: order.to });
  }
}

const requestOf = ({ orderId, by }: Order) => ({ requestKey: requestWorkflowId(orderId), actor: by });

async function release(trigger: Trigger): Promise<OrderResult> {
  const { released, skipped }: DeliveryResult = await executeChild<typeof delivery>('delivery', {
    workflowId: trigger.requestKey,
    args: [trigger],
    // It goes on without the workflow that ordered it.
    parentClosePolicy: ParentClosePolicy.ABANDON,
  });
  return { kind: 'released', released, skipped };
}
