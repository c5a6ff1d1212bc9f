import { log, proxyActivities, sleep } from '@temporalio/workflow';
import type { RecallActivities } from '../../activities/records/recall.port.ts';
import type { Recalled } from '../../contracts/deployment/deployment.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import { recallCall } from '../lib/activity-options.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';

const { recallLive } = proxyActivities<RecallActivities>({ ...recallCall, summary: 'recall what is live' });

/** The store's knowledge of an environment that knows nothing of itself; resolves only with the store's answer. */
export async function recall(key: EnvironmentKey): Promise<Recalled | null> {
  for (;;) {
    try {
      return await recallLive(key);
    } catch (error) {
      log.error('it begins nothing: what is live, or locked, cannot be recalled', { error });
      await sleep(TIMEOUTS.environment.recallAgainMs);
    }
  }
}
