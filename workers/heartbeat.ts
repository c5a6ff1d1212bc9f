import { activityInfo, heartbeat } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor, ActivityInterceptorsFactory } from '@temporalio/worker';

const EVERY_MS = 1_500;

/**
 * Heartbeats for every activity that has a heartbeat timeout, so that a killed worker is noticed within seconds
 * whatever the activity is waiting for, and a cancel (which travels back on a heartbeat) always arrives.
 * An activity that hangs is bounded by its own `startToCloseTimeout`.
 *
 * Not at its beginning: Temporal counts from there as well, and most activities end before the first one is due. Each is a
 * write to the workflow: a fifth of Temporal's writes, measured on a file of workflow tests.
 */
const inbound: ActivityInboundCallsInterceptor = {
  async execute(input, next) {
    if (activityInfo().heartbeatTimeoutMs === undefined) return next(input);
    const timer = setInterval(heartbeat, EVERY_MS);
    try {
      return await next(input);
    } finally {
      clearInterval(timer);
    }
  },
};

export const heartbeats: ActivityInterceptorsFactory = () => ({ inbound });
