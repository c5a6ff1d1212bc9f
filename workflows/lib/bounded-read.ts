import { TimeoutType } from '@temporalio/common';
import { sleep } from '@temporalio/workflow';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { timeoutOf } from './lost-worker.ts';
import { TIMEOUTS } from './timeouts.ts';

/** One may be a restart, two an unlucky one. */
const MAX_TIMEOUTS = 5;

/**
 * Runs an activity that only reads (`patientRead`, `orderRead`). Its options say how long it waits for a system that is
 * away. An attempt that did not end in time, or took its worker with it, is repeated until there were five: reading the
 * same text ends in the same way, and every attempt would hold up all other work.
 *
 * @param what - a sentence's beginning, such as "Reading landfall.yaml"
 * @throws `WaitExpired` after the fifth time; otherwise whatever the activity throws
 */
export async function boundedRead<T>(what: string, read: () => Promise<T>): Promise<T> {
  for (let timeouts = 1; ; timeouts += 1) {
    try {
      return await read();
    } catch (error) {
      const timeout = timeoutOf(error);
      if (timeout !== TimeoutType.HEARTBEAT && timeout !== TimeoutType.START_TO_CLOSE) throw error;
      if (timeouts === MAX_TIMEOUTS) {
        throw failure(
          FailureType.WaitExpired,
          `${what} did not end in its time, ${MAX_TIMEOUTS} times in a row. Landfall's log says what it was busy with.`,
        );
      }
    }
    await sleep(TIMEOUTS.boundedReadPauseMs);
  }
}
