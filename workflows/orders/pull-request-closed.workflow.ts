import { proxyActivities } from '@temporalio/workflow';
import type { PeopleActivities } from '../../activities/people/people.port.ts';
import type { PullRequestClosed } from '../../contracts/github/comment.ts';
import { patientCall } from '../lib/activity-options.ts';

const { unlockTied } = proxyActivities<PeopleActivities>({ ...patientCall, summary: 'give locks back' });

/** What was held for a pull request is given back, so that a lock never outlives its reason. */
export async function pullRequestClosed(closed: PullRequestClosed): Promise<{ readonly unlocked: readonly string[] }> {
  return { unlocked: await unlockTied(closed) };
}
