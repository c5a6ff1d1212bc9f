import { proxyActivities } from '@temporalio/workflow';
import type { PeopleActivities } from '../../activities/people/people.port.ts';
import type { PullRequestClosed } from '../../contracts/github/comment.ts';
import { patientCall } from '../lib/activity-options.ts';

const { unlockTied } = proxyActivities<PeopleActivities>({ ...patientCall, summary: 'give locks back' });

/** Locks of a pull request are given back, so that none outlives its reason. */
export async function pullRequestClosed(closed: PullRequestClosed): Promise<{ readonly unlocked: readonly string[] }> {
  return { unlocked: await unlockTied(closed) };
}
