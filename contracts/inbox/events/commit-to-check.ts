import type { Actor } from '../../core/actor.ts';
import type { GitHubId } from '../../core/github-id.ts';
import type { PullChange } from '../../deployment/preview.ts';
import { shortCommit } from '../../core/names.ts';
import type { EventWork } from './event.ts';

/** GitHub waits for our check on a commit that nothing is deployed from yet: of a merge queue, or of a pull request. */
export interface CommitToCheck {
  readonly kind: 'commit-check';
  readonly requestKey: string;
  readonly repositoryId: GitHubId;
  readonly repository: string;
  readonly installationId: GitHubId | null;
  /** The branch that it is to be merged to. */
  readonly branch: string;
  readonly commit: string;
  /** The pull request, whose preview hears of it. Absent where the webhook names no installation. */
  readonly change?: PullChange;
  readonly actor: Actor;
}

export const commitToCheck = {
  workflow: 'checkCommit',
  ifLost: 'again',
  summary: ({ commit, repository, branch }) => `check of ${shortCommit(commit)} for ${repository} ${branch}`,
} as const satisfies EventWork<CommitToCheck>;
