import { proxyActivities } from '@temporalio/workflow';
import type { CommitCheckActivities } from '../activities/delivery/commit-check.port.ts';
import type { VerdictActivities } from '../activities/github/verdict.port.ts';
import type { CommitVerdict } from '../contracts/commit-check.ts';
import type { CommitToCheck } from '../contracts/handover.ts';
import { patientCall } from './lib/activity-options.ts';

const { validateCommit } = proxyActivities<CommitCheckActivities>({
  ...patientCall,
  summary: 'read its landfall.yaml',
});
const { reportVerdict } = proxyActivities<VerdictActivities>({ ...patientCall, summary: 'tell GitHub' });

/**
 * Reports our check on a commit that is to be merged: a merge queue waits for it (GitHub Docs, "Managing a merge queue").
 *
 * @returns what was reported; `null` for a repository that we may not read
 */
export async function checkCommit(asked: CommitToCheck): Promise<CommitVerdict['conclusion'] | null> {
  const verdict = await validateCommit(asked);
  if (verdict) await reportVerdict(verdict);
  return verdict?.conclusion ?? null;
}
