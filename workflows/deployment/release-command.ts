import { proxyActivities } from '@temporalio/workflow';
import { hostQueue } from '../../contracts/core/queues.ts';
import type { ReleaseCommand } from '../../contracts/config/service.ts';
import type { TargetActivities, TargetRequest } from '../../contracts/deployment/target.ts';
import { preparation } from '../lib/activity-options.ts';
import { onHostOf } from '../lib/lost-worker.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';

/**
 * Has one host run the release command. However often the step is begun again, the command runs once: the target finds
 * what an earlier try began (contracts/deployment/target.ts).
 */
export async function runReleaseCommand(host: string, request: TargetRequest, command: ReleaseCommand): Promise<void> {
  const { runOnce } = proxyActivities<TargetActivities>({
    ...preparation,
    startToCloseTimeout: command.timeoutMs + request.run.stopTimeoutMs + TIMEOUTS.deployment.aroundReleaseCommandMs,
    taskQueue: hostQueue(host),
    summary: `release command on ${host}`,
  });
  await onHostOf(host, () => runOnce(request));
}
