import { TimeoutType } from '@temporalio/common';
import { ActivityFailure, TimeoutFailure } from '@temporalio/workflow';
import type { PlaceRef } from '../../contracts/config/service.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { workerCommand } from '../../contracts/core/queues.ts';

/** A host whose worker dies this often during one step has a problem that retrying does not mend. */
const MAX_LOST = 5;

/**
 * Runs a step on one host, telling a worker that was *lost* from work that *failed*.
 *
 * An activity's attempts count health checks, so a killed worker must not use them up: when the heartbeat stopped, the
 * step is begun again (it is idempotent). When no worker took the step, or its time was up, it is offered once more,
 * because those clocks also run while Temporal and this workflow's own worker are down.
 *
 * @throws `HostAway` when no worker took it twice; otherwise whatever the step throws.
 */
export const onHostOf = <T>(host: string, step: () => Promise<T>): Promise<T> =>
  takenUp(
    `Host ${host} did not take its work. Start it there (landfall worker --host ${host}), or let others build.`,
    step,
  );

/** The same at one place of a target. */
export function atPlace<T>({ name, queue }: PlaceRef, step: () => Promise<T>): Promise<T> {
  const command = workerCommand(queue);
  const start = command === undefined ? 'Start it' : `Start it (${command})`;
  return takenUp(
    `No worker takes the work of ${name} (task queue ${queue}). ${start}, or remove ${name} from the environment.`,
    step,
  );
}

/** @param away - what is said, and what to do, when no worker takes the step */
async function takenUp<T>(away: string, step: () => Promise<T>): Promise<T> {
  for (let lost = 0, overdue = 0; ;) {
    try {
      return await step();
    } catch (error) {
      const timeout = timeoutOf(error);
      if (timeout === TimeoutType.HEARTBEAT && (lost += 1) <= MAX_LOST) continue;
      if (
        (timeout === TimeoutType.SCHEDULE_TO_START || timeout === TimeoutType.SCHEDULE_TO_CLOSE) &&
        (overdue += 1) < 2
      )
        continue;
      if (timeout !== TimeoutType.SCHEDULE_TO_START) throw error;
      throw failure(FailureType.HostAway, away);
    }
  }
}

/** The kind of an activity's timeout; `undefined` for any other error. */
export function timeoutOf(error: unknown): TimeoutType | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof TimeoutFailure ? cause.timeoutType : undefined;
}
