import { proxyActivities } from '@temporalio/workflow';
import type { PeopleActivities } from '../../activities/people/people.port.ts';
import type { PullRequestClosed } from '../../contracts/github/comment.ts';
import { tellPreview } from '../maintenance/tell-preview.ts';
import { patientCall } from '../lib/activity-options.ts';

const { unlockTied } = proxyActivities<PeopleActivities>({ ...patientCall, summary: 'give locks back' });

/** The preview of a pull request ends with it, and its locks are given back, so that none outlives its reason. */
export async function pullRequestClosed(closed: PullRequestClosed): Promise<{ readonly unlocked: readonly string[] }> {
  const told = closed.change && tellPreview(closed.change);
  try {
    return { unlocked: await unlockTied(closed) };
  } finally {
    await told;
  }
}
