/**
 * Finds deliveries that Temporal took and has lost since: it does not know their workflow, or a person ended it by
 * force. An event that only means "look here" is handed over again, and so is a click that has released nothing yet. A
 * command may have been carried out in part, so its author gets a reply; so does the author of a click whose workflow
 * was ended, failed or had released.
 */
import { requestWorkflowId } from '../../contracts/core/ids.ts';
import { isActionOnGitHub, workflowIdOf, type ActionOnGitHub } from '../../contracts/inbox/inbox-event.ts';
import { lostWorkflowId, type HandedOver, type WorkflowStanding } from '../../contracts/inbox/repair.ts';
import type { Engine, UnderWayLedger } from './reconcile.port.ts';

/** Temporal keeps what has ended for a day at least, so what it does not know within this time was lost. */
export const FOLLOWED_FOR_MS = 12 * 60 * 60_000;

interface LostDeps {
  readonly underWay: Pick<UnderWayLedger, 'hasReleased' | 'settleDelivery' | 'returnDelivery'>;
  readonly engine: Pick<Engine, 'standing'>;
  readonly graceMs: number;
}

/** The result for one delivery: `undefined` when there is nothing to do now. */
export type LossOutcome =
  | { readonly kind: 'returned' }
  | { readonly kind: 'unanswered'; readonly asked: ActionOnGitHub };

export async function findLostDelivery(one: HandedOver, deps: LostDeps): Promise<LossOutcome | undefined> {
  const { underWay, engine } = deps;
  const { handover, deliveryId } = one;
  const workflowId = workflowIdOf(handover, deliveryId);
  const standing = await engine.standing(workflowId);
  if (!isOver(standing, deps.graceMs)) return undefined;
  if (isActionOnGitHub(handover) && !hasCompleted(standing)) {
    const isToAnswer = standing.kind === 'ended' || handover.kind === 'command' || (await hasBegun(handover, deps));
    if (isToAnswer) return unanswered(one, handover, deps);
  }
  // A workflow ended by force was not wanted. A release that it has begun is looked after by itself, and would begin
  // again.
  if (standing.kind === 'ended' || (await underWay.hasReleased(workflowId))) {
    await underWay.settleDelivery(one, Date.now());
    return undefined;
  }
  await underWay.returnDelivery(one, Date.now());
  return { kind: 'returned' };
}

async function unanswered(
  one: HandedOver,
  asked: ActionOnGitHub,
  { underWay, engine }: LostDeps,
): Promise<LossOutcome | undefined> {
  const answer = await engine.standing(lostWorkflowId(asked));
  if (answer.kind === 'running') return undefined;
  if (!hasCompleted(answer)) return { kind: 'unanswered', asked };
  await underWay.settleDelivery(one, Date.now());
  return undefined;
}

/** True when it has begun a release, which would begin again. */
const hasBegun = ({ kind, orderId }: ActionOnGitHub, { underWay }: LostDeps): Promise<boolean> =>
  underWay.hasReleased(requestWorkflowId(kind === 'check-suite' ? `${orderId}-1` : orderId));

const hasCompleted = (standing: WorkflowStanding): boolean =>
  standing.kind === 'ended' && standing.status === 'COMPLETED';

export function isOver(standing: WorkflowStanding, graceMs: number): boolean {
  if (standing.kind === 'ended') return standing.endedAt <= Date.now() - graceMs;
  return standing.kind === 'unknown';
}
