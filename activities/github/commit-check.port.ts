/** The `checkCommit` workflow's report to GitHub. `createVerdictActivities` in commit-check.ts implements it. */
import type { CommitVerdict } from '../../contracts/github/commit-check.ts';

export interface VerdictActivities {
  /** Shows it as the commit's one check run `landfall`; a repeated report updates the same run. @throws `GitHub*` */
  reportVerdict(verdict: CommitVerdict): Promise<void>;
}
