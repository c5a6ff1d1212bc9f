import { proxyActivities } from '@temporalio/workflow';
import type { GitHubActivities } from '../activities/github/github.port.ts';
import type { TellActivities, Telling } from '../activities/records/records.port.ts';
import { lastWord } from './lib/activity-options.ts';
import type { Unsaid } from './lib/github-deployment.ts';

const { openDeployment, reportDeployment } = proxyActivities<GitHubActivities>(lastWord);
const { tell } = proxyActivities<TellActivities>(lastWord);

export interface ReportInput {
  readonly tellings: readonly Telling[];
  readonly gitHub?: Unsaid;
}

/** Says the last words of something that has ended while the store or GitHub was away, so that nobody waits for it. */
export async function report({ tellings, gitHub }: ReportInput): Promise<void> {
  await Promise.all([tellings.length > 0 && tell(tellings), gitHub && tellGitHub(gitHub)]);
}

async function tellGitHub({ open, gitHubDeploymentId, status }: Unsaid): Promise<void> {
  const id = gitHubDeploymentId ?? (await openDeployment(open));
  await reportDeployment({ ...status, gitHubDeploymentId: id });
}
