import { activityInfo, log } from '@temporalio/activity';
import { isGrpcServiceError } from '@temporalio/client';
import { CancelledFailure, TimeoutFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor, ActivityInterceptorsFactory } from '@temporalio/worker';
import { FailureType, failure, failureOf } from '../contracts/core/failures.ts';

/** Some two minutes of attempts. An error that may pass by itself has a name of ours, or one of {@link PASSING}. */
export const MAX_UNFORESEEN = 8;
/** The number of activities that this process counts for; each is there only between two of its attempts. */
const REMEMBERED = 1_000;
/** Drizzle around pg around Node, and some margin against circles. */
const MAX_CAUSE_DEPTH = 8;

/** Node's and undici's names for what is away, busy or full just now. */
const PASSING =
  /^(?:E(?:CONN[A-Z]+|PIPE|AI_AGAIN|TIMEDOUT|NOTFOUND|HOST[A-Z]+|NET[A-Z]+|MFILE|NFILE|NOSPC|DQUOT|NOMEM|AGAIN|BUSY|IO)|UND_ERR_\w+)$/;
/** gRPC codes that say something about Temporal's server, not about the one request (grpc.io/docs/guides/status-codes). */
const ABOUT_THE_SERVER: ReadonlySet<number> = new Set([1, 2, 4, 7, 8, 10, 14, 15, 16]);
const ENDED_BY_A_SIGNAL = new Set(['AbortError', 'TimeoutError']);

/** Attempts of one activity that ended so, in a row. A worker that starts again counts anew. */
const counts = new Map<string, number>();

/**
 * An error that has no name of ours, and is no time-out and nothing that is away, is a bug or a fact about the input: the
 * next attempt meets it again. After {@link MAX_UNFORESEEN} in a row it is `Internal`, which workflows/lib/activity-options.ts
 * takes as final wherever giving up is no worse than going on.
 */
const inbound: ActivityInboundCallsInterceptor = {
  async execute(input, next) {
    const { activityId, activityType, workflowExecution } = activityInfo();
    const key = `${workflowExecution?.runId ?? ''}/${activityId}`;
    const before = counts.get(key) ?? 0;
    counts.delete(key);
    try {
      return await next(input);
    } catch (error) {
      if (!isUnforeseen(error)) throw error;
      const times = before + 1;
      if (times < MAX_UNFORESEEN) {
        remember(key, times);
        throw error;
      }
      // If the activity is tried all the same, every further attempt reports this again.
      remember(key, before);
      const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      log.error('an activity meets the same unforeseen error over and over', { error, times });
      throw failure(
        FailureType.Internal,
        `${activityType} failed ${times} times in a row with an error that Landfall does not expect: ${said}. Landfall's log has the details.`,
        { retryable: true, ...(error instanceof Error && { cause: error }) },
      );
    }
  },
};

export const boundedUnforeseen: ActivityInterceptorsFactory = () => ({ inbound });

function remember(key: string, times: number): void {
  counts.set(key, times);
  const oldest = counts.keys().next();
  if (counts.size > REMEMBERED && !oldest.done) counts.delete(oldest.value);
}

/** True when nothing indicates that the same call could succeed later. */
export function isUnforeseen(error: unknown): boolean {
  if (failureOf(error) !== undefined) return false;
  let current: unknown = error;
  for (let depth = 0; depth < MAX_CAUSE_DEPTH && typeof current === 'object' && current !== null; depth += 1) {
    if (current instanceof CancelledFailure || current instanceof TimeoutFailure) return false;
    const { name, code, cause }: { readonly name?: unknown; readonly code?: unknown; readonly cause?: unknown } =
      current;
    if (typeof name === 'string' && ENDED_BY_A_SIGNAL.has(name)) return false;
    if (typeof code === 'string' && PASSING.test(code)) return false;
    if (isGrpcServiceError(current) && ABOUT_THE_SERVER.has(current.code)) return false;
    current = cause;
  }
  return true;
}
