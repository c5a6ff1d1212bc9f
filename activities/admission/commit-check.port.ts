/**
 * The `checkCommit` workflow's questions about a commit. `createCommitCheckActivities` in validate-commit.ts implements
 * them.
 */
import type { CommitVerdict } from '../../contracts/github/commit-check.ts';
import type { CommitToCheck } from '../../contracts/inbox/events/commit-to-check.ts';

export interface CommitCheckActivities {
  /**
   * The verdict whether Landfall could work with the commit once it is merged. `null`: we may not read its repository.
   * @throws `GitHub*`
   */
  validateCommit(asked: CommitToCheck): Promise<CommitVerdict | null>;
}
