import { condition, getExternalWorkflowHandle, log } from '@temporalio/workflow';
import type { WaitingRequest } from '../../contracts/deployment/deployment.ts';
import { yourTurn } from '../messages/release.messages.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';

/** The number of requests to its release before it is given up. */
const MAX_ASKED = 5;

/**
 * Has the release of a request that was kept short ask again.
 *
 * @param isOver - whether the whole of it is there, or it is not wanted any more
 * @returns whether it has come to that; otherwise its release is gone, or silent
 */
export async function askForWhole(
  { requester, deploymentId }: WaitingRequest,
  isOver: () => boolean,
): Promise<boolean> {
  for (let asked = 0; asked < MAX_ASKED; asked += 1) {
    try {
      await getExternalWorkflowHandle(requester).signal(yourTurn, { deploymentId });
    } catch (error) {
      log.warn('the release of a deployment whose turn has come is gone', { requester, deploymentId, error });
      return isOver();
    }
    if (await condition(isOver, TIMEOUTS.environment.wholeRequestMs)) return true;
  }
  return isOver();
}
