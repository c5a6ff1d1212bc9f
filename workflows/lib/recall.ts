import { log, proxyActivities } from '@temporalio/workflow';
import type { RecallActivities } from '../../activities/records/recall.port.ts';
import type { Recalled } from '../../contracts/deployment.ts';
import type { EnvironmentKey } from '../../contracts/keys.ts';
import { decisionCall } from './activity-options.ts';

const { recallLive } = proxyActivities<RecallActivities>({ ...decisionCall, summary: 'recall what is live' });

/** What the store knows of an environment that knows nothing of itself. One that does not answer keeps nobody waiting. */
export async function recall(key: EnvironmentKey): Promise<Recalled | null> {
  try {
    return await recallLive(key);
  } catch (error) {
    log.warn('it begins without knowing what is live, or locked', { error });
    return null;
  }
}
