/** Two commits of a branch, and GitHub's events about them in any order. */
import type { GitHubId } from '../../../contracts/core/github-id.ts';
import type { GitHubSource } from '../../../activities/admission/source.port.ts';
import type { Trigger } from '../../../contracts/admission/delivery.ts';
import { CI } from './scene.ts';

/** The second one's parent. */
export const FIRST = '1'.repeat(40);
export const SECOND = '2'.repeat(40);

export function permutations<T>(all: readonly T[]): T[][] {
  if (all.length === 0) return [[]];
  return all.flatMap((one, index) => permutations(all.toSpliced(index, 1)).map((rest) => [one, ...rest]));
}

/** `main` is where `head` says, with this landfall.yaml; every other branch is gone. */
export function sourceAt(file: string, head: (repositoryId: GitHubId) => string): GitHubSource {
  return {
    branchHead: async ({ repositoryId }, branch) =>
      branch === 'main' ? { commit: head(repositoryId), message: 'a change' } : undefined,
    tagCommit: async () => undefined,
    commit: async (_origin, commit) => ({ commit, message: 'a change' }),
    file: async () => file,
    compare: async (_origin, base, of) => (base === of ? 'identical' : base < of ? 'ahead' : 'behind'),
    changedPaths: async () => undefined,
    movedBy: async () => undefined,
    authors: async () => [],
    repository: async ({ repositoryId: id, repository }) => ({
      id,
      fullName: repository,
      defaultBranch: 'main',
      cloneUrl: `https://git.example/${id}`,
      private: false,
    }),
  };
}

const common = (repositoryId: GitHubId, requestKey: string) =>
  ({
    ...{ requestKey, repositoryId, repository: `acme/r${repositoryId}`, installationId: '7' },
    actor: { kind: 'github', name: 'octocat' },
  }) as const;

/** Its project is `r{repositoryId}`. */
export const pushTo = (branch: string, repositoryId: GitHubId, requestKey: string): Trigger => ({
  ...common(repositoryId, requestKey),
  ...{ kind: 'push', branch },
});

/** The CI workflow has succeeded on `main`. */
export const ciOf = (commit: string, repositoryId: GitHubId, requestKey: string): Trigger => ({
  ...common(repositoryId, requestKey),
  ...{ kind: 'ci', headRepositoryId: repositoryId, event: 'push', workflow: CI, branch: 'main', commit },
  conclusion: 'success',
});
