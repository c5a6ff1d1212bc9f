/** What the `checkCommit` workflow tells GitHub. `createVerdictActivities` in verdicts.ts does it. */
import type { CommitVerdict } from '../../contracts/github/commit-check.ts';

export interface VerdictActivities {
  /** Shows it as the commit's one check run `landfall`; told again, it is the same one. @throws `GitHub*` */
  reportVerdict(verdict: CommitVerdict): Promise<void>;
}
