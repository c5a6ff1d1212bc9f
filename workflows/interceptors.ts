/** Around every call of every workflow; the bundler takes this module by its path (workers/bundle-workflows.ts). */
import {
  CancellationScope,
  CancelledFailure,
  isCancellation,
  type WorkflowInterceptorsFactory,
  type WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';

/**
 * An activity that was to be cancelled, and whose attempt failed in that moment, is cancelled. Temporal hands over the attempt's own
 * failure then, and a person's cancel would be told as a failed health check.
 */
const cancelBeatsFailure: WorkflowOutboundCallsInterceptor = {
  async scheduleActivity(input, next) {
    const scope = CancellationScope.current();
    try {
      return await next(input);
    } catch (error) {
      if (isCancellation(error) || !scope.consideredCancelled) throw error;
      throw new CancelledFailure('The activity failed while it was being cancelled', [], asError(error));
    }
  },
};

const asError = (error: unknown): Error | undefined => (error instanceof Error ? error : undefined);

/** Read by Temporal's sandbox for each workflow. */
export const interceptors: WorkflowInterceptorsFactory = () => ({ outbound: [cancelBeatsFailure] });
