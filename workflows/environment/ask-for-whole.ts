import { condition, getExternalWorkflowHandle, log } from '@temporalio/workflow';
import type { WaitingRequest } from '../../contracts/deployment/deployment.ts';
import { yourTurn } from '../messages/release.messages.ts';

/** How long its release has to answer, and how often it is asked: a worker that is away answers nothing. */
const ANSWER_WITHIN = '1 minute';
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
    if (await condition(isOver, ANSWER_WITHIN)) return true;
  }
  return isOver();
}
