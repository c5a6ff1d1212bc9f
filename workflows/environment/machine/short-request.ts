/** A request that waits for long is kept short, and is whole again when its turn comes. */
import type { DeploymentRequest, WaitingRequest } from '../../../contracts/deployment/deployment.ts';
import { sizeOf } from '../../lib/bounded.ts';

/** Together with all else that an environment carries far below what Temporal takes. */
const WHOLE_BYTES = 300_000;
const MAX_SUBJECT = 200;
/** More wait for something that a person has to look at. */
const MAX_WAITING = 200;
/** Limit of what is kept of all of them in any case. */
const MAX_WAITING_BYTES = 300_000;

export function isWhole(request: WaitingRequest): request is DeploymentRequest {
  return request.settings !== undefined;
}

/** Keeps the parts that decide, and those that people see. */
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

/** True when one more would be more than an environment can carry. */
export function isFull(waiting: readonly WaitingRequest[], request: WaitingRequest): boolean {
  if (waiting.length >= MAX_WAITING) return true;
  return sizeOf([...waiting, request].map(shorten)) > MAX_WAITING_BYTES;
}
