import type { WorkerOptions } from '@temporalio/worker';
import { heartbeats } from './heartbeat.ts';
import { boundedUnforeseen } from './unforeseen-errors.ts';
import { wellFormedErrors } from './well-formed.ts';

/** Options that all our workers share. */
export const common = {
  interceptors: { activity: [heartbeats, wellFormedErrors, boundedUnforeseen] },
  // A cancel travels back on a heartbeat; held back for most of a heartbeat timeout by default.
  maxHeartbeatThrottleInterval: '1 second',
  defaultHeartbeatThrottleInterval: '1 second',
  // A stopped worker's activities go on elsewhere, or here after the restart.
  shutdownGraceTime: '5 seconds',
} as const satisfies Partial<WorkerOptions>;
