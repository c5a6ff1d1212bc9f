import type { TargetActivities, TargetRequest } from '../../../../contracts/deployment/target.ts';
import { perform } from '../perform.ts';

/** A check's messages about a service, or a program in its container, that is not there yet. */
const LATE = /nothing listens there|did not end within/;
const MOST_ATTEMPTS = 5;

/** The failure of its first attempt. */
export const failing = (target: TargetActivities, asked: TargetRequest): Promise<Error> =>
  perform(target.switchTo, asked).then(
    () => new Error('it was healthy'),
    (error: unknown) => error as Error,
  );

/** The failure of the first attempt that found it up: on a busy machine a service comes up late. */
export async function failingOnceUp(target: TargetActivities, asked: TargetRequest): Promise<Error> {
  for (let attempt = 1; ; attempt += 1) {
    const error = await failing(target, asked);
    if (attempt === MOST_ATTEMPTS || !LATE.test(error.message)) return error;
  }
}
