import { REFUSED_CHECK, refusedCheckId } from '../../contracts/github/check-run.ts';
import { fenced } from '../../contracts/core/markdown.ts';
import { log, proxyActivities } from '@temporalio/workflow';
import type { Refusal } from '../../activities/admission/admission.port.ts';
import type { GitHubActivities } from '../../activities/github/github.port.ts';
import { telling } from '../lib/activity-options.ts';

const { openBuildCheck, updateBuildCheck } = proxyActivities<GitHubActivities>({ ...telling, summary: 'tell GitHub' });

/** A failed check on the commit, with line and column: whoever pushed it looks there first. */
export async function tellRefusal({ origin, commit, failure }: Refusal): Promise<void> {
  if (origin.kind !== 'github') return;
  try {
    const title = 'landfall.yaml cannot be used';
    const check = {
      origin,
      buildId: refusedCheckId(commit),
      commit,
      name: REFUSED_CHECK,
      title,
      logPath: '/deliveries',
    };
    const checkRunId = await openBuildCheck(check);
    await updateBuildCheck({ origin, checkRunId, title, summary: fenced(failure.message), conclusion: 'failure' });
  } catch (error) {
    log.error('GitHub did not take the report', { error, commit });
  }
}
