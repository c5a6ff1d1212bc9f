import { gitHubId } from '../../contracts/core/github-id-fields.ts';
import { z } from 'zod';
import { COMMIT } from '../../contracts/core/names.ts';
import type { GitHubClient } from './client.ts';
import { gitHubOrigin } from '../../contracts/config/service.ts';
import type { PullRequest, PullRequestQuestion } from './conversation.port.ts';

const Pull = z.object({
  state: z.enum(['open', 'closed']),
  merged: z.boolean(),
  // Newer versions of the API leave it out where there is none.
  merge_commit_sha: z.string().nullish(),
  head: z.object({
    sha: z.string().regex(COMMIT),
    ref: z.string(),
    // `null` when the fork is gone.
    repo: z.object({ id: gitHubId }).nullable(),
  }),
  base: z.object({ repo: z.object({ id: gitHubId }) }),
});
const Activities = z.array(z.object({ after: z.string(), timestamp: z.iso.datetime({ offset: true }) }));

/** Newest first, and only the newest says how the branch came to where it is. */
const NEWEST = 1;

export function createPullRequests(client: GitHubClient) {
  /**
   * When the branch came to point at this commit, as GitHub saw it. A head that moved since it was read is as good as one
   * that GitHub tells nothing about.
   */
  async function movedAt(
    { conversation }: PullRequestQuestion,
    { branch, commit }: Pick<PullRequest, 'branch' | 'commit'>,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const what = `Reading when the head of #${conversation.number} was pushed`;
    const call = {
      origin: gitHubOrigin(conversation),
      permissions: { contents: 'read' },
      what,
      answer: Activities,
      signal,
    } as const;
    const [newest] = await client.call(call, (github, repository) =>
      github.rest.repos.listActivities({ ...repository, ref: `refs/heads/${branch}`, per_page: NEWEST }),
    );
    return newest?.after === commit ? Date.parse(newest.timestamp) : undefined;
  }

  return {
    /** See `ConversationActivities.readPullRequest`. */
    async read(question: PullRequestQuestion, signal: AbortSignal): Promise<PullRequest> {
      const { conversation, spokenOfAt } = question;
      const what = `Reading pull request #${conversation.number}`;
      const call = {
        origin: gitHubOrigin(conversation),
        permissions: { pull_requests: 'read' },
        what,
        answer: Pull,
        signal,
      } as const;
      const {
        state,
        merged,
        merge_commit_sha: mergeCommit,
        head,
        base,
      } = await client.call(call, (github, repository) =>
        github.rest.pulls.get({ ...repository, pull_number: conversation.number }),
      );
      const found = { commit: head.sha, branch: head.ref, fork: head.repo?.id !== base.repo.id };
      const asks = spokenOfAt !== null && state === 'open' && !found.fork;
      const at = asks ? await movedAt(question, found, signal) : undefined;
      return {
        ...found,
        state: merged ? 'merged' : state,
        mergedAs: merged ? (mergeCommit ?? null) : null,
        // GitHub's times are whole seconds: within the same one the order is unknown.
        head: at === undefined || spokenOfAt === null ? 'unknown' : at < spokenOfAt ? 'before' : 'after',
      };
    },
  };
}
