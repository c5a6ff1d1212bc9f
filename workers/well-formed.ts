import type { ActivityInboundCallsInterceptor, ActivityInterceptorsFactory } from '@temporalio/worker';

/** Temporal's own limit is far above; deeper chains are circles. */
const MAX_DEPTH = 16;

/**
 * Errors that libraries throw may quote strangers' text, cut anywhere: `JSON.parse` quotes what it could not read. Half a
 * surrogate pair in one cannot be encoded as protobuf, and ends the whole worker.
 */
const inbound: ActivityInboundCallsInterceptor = {
  async execute(input, next) {
    try {
      return await next(input);
    } catch (error) {
      throw wellFormed(error);
    }
  },
};

export const wellFormedErrors: ActivityInterceptorsFactory = () => ({ inbound });

/** The same error, and those that caused it, in whole characters. */
export function wellFormed(error: unknown): unknown {
  if (typeof error === 'string') return error.toWellFormed();
  let current: unknown = error;
  for (let depth = 0; depth < MAX_DEPTH && current instanceof Error; depth += 1) {
    for (const key of ['message', 'stack', 'name'] as const) {
      const text = current[key];
      if (typeof text === 'string' && !text.isWellFormed()) {
        Object.defineProperty(current, key, { value: text.toWellFormed(), configurable: true, writable: true });
      }
    }
    current = current.cause;
  }
  return error;
}
