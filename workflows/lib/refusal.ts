import { log, proxyActivities } from '@temporalio/workflow';
import type { Refusal } from '../../activities/delivery/delivery.port.ts';
import type { GitHubActivities } from '../../activities/github/github.port.ts';
import { telling } from './activity-options.ts';

const { openBuildCheck, updateBuildCheck } = proxyActivities<GitHubActivities>({ ...telling, summary: 'tell GitHub' });

/** A failed check on the commit, with line and column: whoever pushed it looks there first. */
export async function tellRefusal({ origin, commit, failure }: Refusal): Promise<void> {
  if (origin.kind !== 'github') return;
  try {
    const title = 'landfall.yaml cannot be used';
    const check = { origin, buildId: `refused.${commit}`, commit, name: 'Landfall', title, logPath: '/deliveries' };
    const checkRunId = await openBuildCheck(check);
    const summary = `\`\`\`\n${failure.message}\n\`\`\``;
    await updateBuildCheck({ origin, checkRunId, title, summary, conclusion: 'failure' });
  } catch (error) {
    log.error('GitHub could not be told', { error, commit });
  }
}
