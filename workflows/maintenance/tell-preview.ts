import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, getExternalWorkflowHandle, log, proxyActivities, startChild } from '@temporalio/workflow';
import type { PreviewRulesActivities } from '../../activities/admission/preview-rules.port.ts';
import { previewWorkflowId } from '../../contracts/core/ids.ts';
import type { PullChange } from '../../contracts/deployment/preview.ts';
import { patientRead } from '../lib/activity-options.ts';
import { boundedRead } from '../lib/bounded-read.ts';
import { previewStart, pullRequestChanged, type PreviewStart } from '../messages/preview.messages.ts';

const { readPreviewRules } = proxyActivities<PreviewRulesActivities>({
  ...patientRead,
  summary: 'the rules for previews',
});

/**
 * Tells the preview of a pull request that something happened to that. Where there is none, one begins if its repository
 * gives previews to pull requests without a request; whether to this one, the preview decides. Never fails.
 */
export async function tellPreview(change: PullChange): Promise<void> {
  try {
    if ((await tell(change)) || !(await mayBegin(change))) return;
    await begin(change);
    await tell(change);
  } catch (error) {
    log.error('the preview of a pull request could not be told of it', { error, pull: change.pull });
  }
}

/** @returns false when there is no preview */
async function tell(change: PullChange): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(previewWorkflowId(change.pull)).signal(pullRequestChanged, change);
    return true;
  } catch {
    return false;
  }
}

async function mayBegin({ action, fork, pull }: PullChange): Promise<boolean> {
  if (action === 'closed' || fork) return false;
  const answer = await boundedRead('Reading landfall.yaml', () => readPreviewRules(pull));
  if (!answer.known) return false;
  const { labels, authors } = answer.rules.automatic;
  return labels.length > 0 || authors.length > 0;
}

async function begin({ pull }: PullChange): Promise<void> {
  try {
    await startChild<(start: PreviewStart) => Promise<void>>('preview', {
      ...previewStart(pull),
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  } catch (error) {
    // Two events at once.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
