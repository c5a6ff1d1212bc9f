import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, getExternalWorkflowHandle, isCancellation, log, startChild } from '@temporalio/workflow';
import { certificateWorkflowId } from '../../contracts/core/ids.ts';
import { certificateStart, lookAgain } from '../messages/certificate.messages.ts';
import type { certificate } from './certificate.workflow.ts';

/**
 * Has the certificate of the name looked after, now. It goes on by itself: nothing waits for the authority. Never fails,
 * for the schedule finds what is missed here.
 */
export async function wakeCertificate(name: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(certificateWorkflowId(name)).signal(lookAgain);
  } catch (error) {
    if (isCancellation(error)) throw error;
    await start(name);
  }
}

async function start(name: string): Promise<void> {
  try {
    await startChild<typeof certificate>('certificate', {
      ...certificateStart(name),
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  } catch (error) {
    if (isCancellation(error)) throw error;
    // Two at once started it, and it has just begun to look.
    if (error instanceof WorkflowExecutionAlreadyStartedError) return;
    log.warn('the certificate of a name could not be started; the schedule does', { name, error });
  }
}
