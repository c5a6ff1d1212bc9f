import { ParentClosePolicy, log, startChild } from '@temporalio/workflow';
import type { Telling } from '../../activities/records/records.port.ts';
import { reportWorkflowId } from '../../contracts/core/ids.ts';
import type { ReportInput, report } from './report.workflow.ts';
import { inParts } from '../lib/bounded.ts';

/**
 * Leaves reports that were not through in time to a `report` workflow, so that the end of the work does not wait for
 * it. Without any, nothing happens. Never fails.
 */
export async function deferReport(id: string, input: ReportInput): Promise<void> {
  if (input.tellings.length === 0 && !input.deployment && !input.check && !input.shown) return;
  await startChild<typeof report>('report', {
    workflowId: reportWorkflowId(id),
    args: [input],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `the last words of ${id}`,
  }).catch((error: unknown) => log.error('the last words are lost', { error, id }));
}

/** The most that one `report` takes. */
const MAX_REPORT_BYTES = 500_000;

/** Leaves tellings to as many `report` workflows as it takes. @param id - nothing else is left under it */
export async function leaveTellings(id: string, tellings: readonly Telling[]): Promise<void> {
  const parts = inParts(tellings, MAX_REPORT_BYTES);
  await Promise.all(parts.map((part, index) => deferReport(`${id}.${String(index + 1)}`, { tellings: part })));
}
