/** What the `checkCommit` workflow asks about a commit. `createCommitCheckActivities` in validate-commit.ts does it. */
import type { CommitVerdict } from '../../contracts/github/commit-check.ts';
import type { CommitToCheck } from '../../contracts/inbox/inbox-event.ts';

export interface CommitCheckActivities {
  /**
   * Whether Landfall could work with the commit once it is merged. `null`: its repository is none that we may read.
   * @throws `GitHub*`
   */
  validateCommit(asked: CommitToCheck): Promise<CommitVerdict | null>;
}
