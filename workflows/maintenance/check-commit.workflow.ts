import { isCancellation, proxyActivities } from '@temporalio/workflow';
import type { CommitCheckActivities } from '../../activities/admission/commit-check.port.ts';
import type { VerdictActivities } from '../../activities/github/commit-check.port.ts';
import { gitHubOrigin } from '../../contracts/config/service.ts';
import type { CommitVerdict } from '../../contracts/github/commit-check.ts';
import type { CommitToCheck } from '../../contracts/inbox/events/commit-to-check.ts';
import { fenced } from '../../contracts/core/markdown.ts';
import { patientCall, patientRead } from '../lib/activity-options.ts';
import { boundedRead } from '../lib/bounded-read.ts';
import { tellPreview } from './tell-preview.ts';
import { explain } from '../lib/failure-record.ts';

const { validateCommit } = proxyActivities<CommitCheckActivities>({
  ...patientRead,
  summary: 'read its landfall.yaml',
});
const { reportVerdict } = proxyActivities<VerdictActivities>({ ...patientCall, summary: 'tell GitHub' });

/**
 * Tells the preview of a pull request that it has a new head, and reports our check on a commit that is to be merged: a merge queue waits for it (GitHub Docs, "Managing a merge queue").
 *
 * @returns what was reported; `null` for a repository that we may not read
 */
export async function checkCommit(asked: CommitToCheck): Promise<CommitVerdict['conclusion'] | null> {
  const told = asked.change && tellPreview(asked.change);
  try {
    return await check(asked);
  } finally {
    await told;
  }
}

async function check(asked: CommitToCheck): Promise<CommitVerdict['conclusion'] | null> {
  const verdict = await boundedRead('Reading its landfall.yaml', () => validateCommit(asked)).catch(
    (error: unknown) => {
      if (isCancellation(error)) throw error;
      return unread(asked, error);
    },
  );
  if (verdict) await reportVerdict(verdict);
  return verdict?.conclusion ?? null;
}

/**
 * A merge queue waits for an answer, and for ever where there is none.
 * @throws the error where there can be no answer
 */
function unread({ repositoryId, repository, installationId, commit }: CommitToCheck, error: unknown): CommitVerdict {
  if (installationId === null) throw error;
  return {
    origin: gitHubOrigin({ repositoryId, repository, installationId }),
    commit,
    conclusion: 'failure',
    title: 'The commit could not be looked at',
    summary: fenced(explain(error).message),
  };
}
