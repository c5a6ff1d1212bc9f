import { proxyActivities } from '@temporalio/workflow';
import type { RetentionActivities } from '../../activities/records/retention.port.ts';
import type { ForgetBefore, Forgotten, Retention } from '../../contracts/config/retention.ts';
import { upkeepCall } from '../lib/activity-options.ts';
import { Upkeep } from './upkeep.ts';

const { forgetOld: forget } = proxyActivities<RetentionActivities>(upkeepCall);

/** The limit keeps the history tiny. The next run continues. */
const MAX_ROUNDS = 20;

/** Removes what is older than it has to be kept, once. A schedule runs it over and over. */
export async function forgetOld({ auditMs, deliveriesMs }: Retention): Promise<Forgotten> {
  // One moment for all rounds, or what a retry removes would depend on when it comes.
  const now = Date.now();
  const before: ForgetBefore = {
    audit: auditMs === null ? null : now - auditMs,
    deliveries: deliveriesMs === null ? null : now - deliveriesMs,
  };
  const work = new Upkeep();
  let all: Forgotten = { auditEvents: 0, decisions: 0, deliveries: 0, more: true };
  for (let round = 0; all.more && round < MAX_ROUNDS; round += 1) {
    const forgotten = await work.part('forgetting what is old', forget(before));
    if (!forgotten) break;
    const { auditEvents, decisions, deliveries, more } = forgotten;
    all = {
      auditEvents: all.auditEvents + auditEvents,
      decisions: all.decisions + decisions,
      deliveries: all.deliveries + deliveries,
      more,
    };
  }
  await work.settle();
  return all;
}
