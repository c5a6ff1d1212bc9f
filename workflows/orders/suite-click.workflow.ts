import { checkCommit } from '../maintenance/check-commit.workflow.ts';
import { proxyActivities } from '@temporalio/workflow';
import type { GitHubActivities } from '../../activities/github/github.port.ts';
import { gitHubOrigin } from '../../contracts/config/service.ts';
import type { CheckAnswer, ListedCheck, SuiteClick } from '../../contracts/github/check-run.ts';
import { releaseOf } from '../../contracts/core/ids.ts';
import { checkClick } from './check-click.workflow.ts';
import { orderCall } from '../lib/activity-options.ts';

const { checksOfSuite } = proxyActivities<GitHubActivities>({ ...orderCall, summary: 'which checks are ours' });

/**
 * "Re-run all checks": as "Re-run" on each of ours, with the answer on that check run. A release has several, and is
 * released again once.
 */
export async function suiteClick(asked: SuiteClick): Promise<readonly CheckAnswer[]> {
  const { requestKey, repositoryId, repository, installationId, checkSuiteId, commit, actor, lost } = asked;
  const where = { repositoryId, repository, installationId };
  const again = { kind: 'check', wanted: 'again', requestKey, ...where, commit, actor, ...(lost && { lost }) } as const;
  const listed = await checksOfSuite({ origin: gitHubOrigin(where), checkSuiteId });
  const answers: CheckAnswer[] = [];
  // The person gets an answer, also where none of our checks is left.
  if (listed.length === 0 && !lost) {
    const { kind: _kind, wanted: _wanted, ...about } = again;
    await checkCommit({ kind: 'commit-check', branch: '', ...about });
  }
  for (const [index, one] of onceEach(listed).entries()) {
    // An order for one must not be taken for the other's.
    answers.push(await checkClick({ ...again, ...one, orderId: `${asked.orderId}-${index + 1}` }));
  }
  return answers;
}

/** One for each release, and what belongs to none. Of a commit, both what may be merged and what was refused. */
function onceEach(listed: readonly ListedCheck[]): readonly ListedCheck[] {
  const about = ({ checkRunId, subject: { kind, id } }: ListedCheck) => {
    if (kind === 'commit') return checkRunId;
    return kind === 'deployment' ? (releaseOf(id) ?? id) : id;
  };
  return listed.filter((one, index) => listed.findIndex((other) => about(other) === about(one)) === index);
}
