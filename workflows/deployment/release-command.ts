import { proxyActivities } from '@temporalio/workflow';
import type { ReleaseCommand, PlaceRef } from '../../contracts/config/service.ts';
import type { TargetActivities, TargetRequest } from '../../contracts/deployment/target.ts';
import { preparation } from '../lib/activity-options.ts';
import { atPlace } from '../lib/lost-worker.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';

/**
 * Has one place run the release command. However often the step is begun again, the command runs once: the target finds
 * what an earlier try began (contracts/deployment/target.ts).
 */
export async function runReleaseCommand(
  place: PlaceRef,
  request: TargetRequest,
  command: ReleaseCommand,
): Promise<void> {
  const { runOnce } = proxyActivities<TargetActivities>({
    ...preparation,
    startToCloseTimeout: command.timeoutMs + request.run.stopTimeoutMs + TIMEOUTS.deployment.aroundReleaseCommandMs,
    taskQueue: place.queue,
    summary: `release command on ${place.name}`,
  });
  await atPlace(place, () => runOnce(request));
}
