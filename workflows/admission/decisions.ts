import { skipped, type Decision } from '../../contracts/admission/decision.ts';
import type { Trigger } from '../../contracts/admission/delivery.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';
import { deferReport } from '../reporting/defer-report.ts';
import { StoreRecorder } from '../reporting/store-recorder.ts';

/** Has the store keep what a trigger led to. Never fails, and delays nothing for long. */
export async function keepDecisions(trigger: Trigger, decisions: readonly Decision[]): Promise<void> {
  if (decisions.length === 0) return;
  const { requestKey, kind: cause, actor } = trigger;
  const store = new StoreRecorder();
  const repositoryId = 'repositoryId' in trigger ? trigger.repositoryId : null;
  const record = { requestKey, cause, actor: `${actor.kind}:${actor.name}`, repositoryId, at: Date.now(), decisions };
  store.say({ kind: 'recordDecisions', record });
  await deferReport(requestKey, { tellings: await store.settle(TIMEOUTS.settle.decisionsMs) });
}

/** The decision about a request that was answered with an error. */
export function refusedDecision(trigger: Trigger, why: string): Decision {
  if (!('project' in trigger)) return skipped('refused', why);
  const { project, service, environment } = trigger;
  return skipped('refused', why, { project, service, environment });
}
