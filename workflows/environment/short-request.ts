/** A request that waits for long is kept short, and is whole again when its turn comes. */
import { condition, getExternalWorkflowHandle, log } from '@temporalio/workflow';
import type { DeploymentRequest, WaitingRequest } from '../../contracts/deployment/deployment.ts';
import { yourTurn } from '../messages/release.messages.ts';
import { sizeOf } from '../lib/bounded.ts';

/** Together with all else that an environment carries far below what Temporal takes. */
const WHOLE_BYTES = 300_000;
const MAX_SUBJECT = 200;
/** How long its release has to answer, and how often it is asked: a worker that is away answers nothing. */
const ANSWER_WITHIN = '1 minute';
const MAX_ASKED = 5;

export function isWhole(request: WaitingRequest): request is DeploymentRequest {
  return request.settings !== undefined;
}

/** What decides, and what people are told. */
export function shorten({ settings: _settings, subject, environment, ...request }: WaitingRequest): WaitingRequest {
  const { approval: _approval, ...rest } = environment;
  return { ...request, subject: subject.slice(0, MAX_SUBJECT), environment: rest };
}

/** The requests as they are carried to the next run: the first ones whole, as far as there is room. */
export function carried(requests: readonly WaitingRequest[]): readonly WaitingRequest[] {
  let room = WHOLE_BYTES;
  return requests.map((request) => {
    room -= sizeOf(request);
    return room < 0 ? shorten(request) : request;
  });
}

/**
 * Has its release ask again.
 *
 * @param isOver - whether the whole of it is there, or nobody wants it any more
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
