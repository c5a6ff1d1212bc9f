/** A merge queue: it asks for checks on a commit that is the branch with the pull request merged. */
import { wire } from './wire.ts';
import type { GitHubId } from '../../contracts/core/github-id.ts';
import { readCommits } from './git.ts';
import { fullRepository, user } from './payloads.ts';
import { type Repository, type State, installationOf } from './state.ts';
import type { Webhooks } from './webhooks.ts';

export interface MergeGroup {
  readonly repositoryId: GitHubId;
  /** The branch to merge into. */
  readonly branch: string;
  /** The queue's own commit, at `gh-readonly-queue/{branch}/…`. */
  readonly commit: string;
  readonly action: 'checks_requested' | 'destroyed';
}

/** Sends `merge_group`. */
export async function tellMergeGroup(
  state: State,
  webhooks: Webhooks,
  repository: Repository,
  { branch, commit, action }: MergeGroup,
): Promise<void> {
  const [head] = await readCommits(repository.path, [commit], 1);
  if (!head) throw new Error(`there is no commit ${commit}`);
  const installation = installationOf(state, repository);
  const base = repository.refs.get(`refs/heads/${branch}`) ?? '';
  const person = ({ name, email }: typeof head.author) => ({ name, email });
  const payload = {
    merge_group: {
      head_sha: commit,
      head_ref: `refs/heads/gh-readonly-queue/${branch}/pr-1-${base}`,
      base_sha: base,
      base_ref: `refs/heads/${branch}`,
      head_commit: {
        id: commit,
        tree_id: head.tree,
        message: head.message,
        timestamp: head.committer.date,
        author: person(head.author),
        committer: person(head.committer),
      },
    },
    repository: fullRepository(state, repository),
    sender: user(state, 'octocat'),
    ...(action === 'destroyed' && { reason: 'merged' }),
    ...(installation && { installation: { id: wire(installation.id), node_id: `I_${installation.id}` } }),
  };
  webhooks.emit('merge_group', { action, installation, repository }, payload);
}
