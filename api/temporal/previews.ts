/** The part of the gateway that speaks to previews. */
import { WithStartWorkflowOperation, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { PREVIEW_SLOTS_ID, previewWorkflowId } from '../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../contracts/core/queues.ts';
import type { PreviewAnswer, PreviewRequest, PreviewView, PullKey } from '../../contracts/deployment/preview.ts';
import { previewRequest, previewStart, previewState } from '../../workflows/messages/preview.messages.ts';
import { linePlaces } from '../../workflows/messages/preview-slots.messages.ts';
import { QUERY_DEADLINE_MS, updateFailure } from './answers.ts';
import { sendUpdate } from './send-update.ts';

export interface PreviewGateway {
  /**
   * Hands a request to the preview of a pull request, which comes into being with it. The same order id takes effect once.
   * @throws `TemporalUnavailable` or `WorkerUnavailable` without an answer
   */
  requestPreview(request: PreviewRequest): Promise<PreviewAnswer>;
  /** The preview's own account. `null`: it has no workflow; `undefined`: no answer within a second. */
  previewState(pull: PullKey): Promise<PreviewView | null | undefined>;
  /** Its place in the line for slots, from 1, as of now. `undefined`: it does not wait, or nobody answers. */
  previewPlace(pull: PullKey): Promise<number | undefined>;
}

export function createPreviewGateway(client: Client): PreviewGateway {
  const within = <T>(call: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + QUERY_DEADLINE_MS, call);
  return {
    async requestPreview(request) {
      const { pull, wish, orderId } = request;
      try {
        return await sendUpdate(
          client,
          (sent) =>
            client.workflow.executeUpdateWithStart(previewRequest, {
              startWorkflowOperation: new WithStartWorkflowOperation('preview', {
                ...previewStart(pull),
                taskQueue: CONTROL_QUEUE,
                workflowIdConflictPolicy: 'USE_EXISTING',
              }),
              args: [request],
              ...sent,
            }),
          { updateId: orderId },
        );
      } catch (error) {
        throw await updateFailure(
          client,
          error,
          `${wish.kind} the preview of ${pull.repository}#${String(pull.number)}`,
        );
      }
    },

    async previewState(pull) {
      try {
        return await within(() => client.workflow.getHandle(previewWorkflowId(pull)).query(previewState));
      } catch (error) {
        return error instanceof WorkflowNotFoundError ? null : undefined;
      }
    },

    async previewPlace(pull) {
      const places = await within(() => client.workflow.getHandle(PREVIEW_SLOTS_ID).query(linePlaces)).catch(
        () => undefined,
      );
      return places?.find(({ id }) => id === previewWorkflowId(pull))?.place;
    },
  };
}
