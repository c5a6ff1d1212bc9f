import { ParentClosePolicy, log, startChild } from '@temporalio/workflow';
import { reportWorkflowId } from '../../contracts/ids.ts';
import type { ReportInput, report } from '../report.workflow.ts';

/**
 * Leaves what could not be told in time to a `report` workflow, so that the end of the work does not wait for it.
 * Nothing left to tell: nothing happens. Never fails.
 */
export async function leaveToReport(id: string, input: ReportInput): Promise<void> {
  if (input.tellings.length === 0 && !input.deployment && !input.check && !input.shown) return;
  await startChild<typeof report>('report', {
    workflowId: reportWorkflowId(id),
    args: [input],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `the last words of ${id}`,
  }).catch((error: unknown) => log.error('the last words are lost', { error, id }));
}
