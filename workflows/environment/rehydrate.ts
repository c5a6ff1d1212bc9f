import { log, patched, proxyActivities, sleep } from '@temporalio/workflow';
import type { RecallActivities } from '../../activities/records/recall.port.ts';
import type { Recalled } from '../../contracts/deployment/deployment.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import { decisionCall, recallCall } from '../lib/activity-options.ts';

const summary = 'recall what is live';
const patient = proxyActivities<RecallActivities>({ ...recallCall, summary });
const impatient = proxyActivities<RecallActivities>({ ...decisionCall, summary });

/** A failure that repeating does not mend: an update does. */
const ASK_AGAIN = '1 minute';

/** What the store knows of an environment that knows nothing of itself; resolves only with the store's answer. */
export async function recall(key: EnvironmentKey): Promise<Recalled | null> {
  // Environments of before began without an answer, and histories tell of it.
  if (!patched('waits-until-it-recalls')) return recallOrBegin(key);
  for (;;) {
    try {
      return await patient.recallLive(key);
    } catch (error) {
      log.error('it begins nothing: what is live, or locked, cannot be recalled', { error });
      await sleep(ASK_AGAIN);
    }
  }
}

async function recallOrBegin(key: EnvironmentKey): Promise<Recalled | null> {
  try {
    return await impatient.recallLive(key);
  } catch (error) {
    log.warn('it begins without knowing what is live, or locked', { error });
    return null;
  }
}
