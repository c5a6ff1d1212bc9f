/** Pull requests, and what happened to branches when. */
import { wire } from '../wire.ts';
import type { Needs } from '../auth.ts';
import { GitHubError } from '../errors.ts';
import { resolveCommit } from '../git.ts';
import { fullRepository, repositoryUrl, user } from '../payloads.ts';
import { type Issue, type Pull, type Repository, type State, fullName, timestamp } from '../state.ts';
import { issueByNumber } from './issues.ts';
import type { Models } from './operation.ts';

const PULLS: Needs = ['pull_requests', 'read'];
const CONTENTS: Needs = ['contents', 'read'];

export const pulls: Models = {
  'pulls/get': {
    needs: PULLS,
    answer: async ({ state, repository, params }) => {
      const issue = issueByNumber(state, repository, params.pull_number);
      if (!issue.pull) throw new GitHubError(404, 'Not Found');
      return { status: 200, body: await pullPayload(state, repository, issue, issue.pull) };
    },
  },

  'repos/list-activities': {
    needs: CONTENTS,
    answer: ({ state, repository, query }) => {
      const ref = query.ref === undefined ? undefined : `refs/heads/${query.ref.replace(/^refs\/heads\//, '')}`;
      const found = state.activities.filter(
        (each) => each.repositoryId === repository.id && (ref ?? each.ref) === each.ref,
      );
      if (query.direction !== 'asc') found.reverse();
      const body = found.slice(0, query.per_page ?? 30).map((each) => ({
        ...{ id: wire(each.id), node_id: `PSH_${each.id}`, before: each.before, after: each.after, ref: each.ref },
        ...{ timestamp: timestamp(each.at), activity_type: each.type, actor: user(state, each.actor) },
      }));
      return { status: 200, body };
    },
  },
};

/** GitHub keeps the last head of a merged or closed one; no test needs that, so here it is the branch's head. */
export async function pullPayload(state: State, repository: Repository, issue: Issue, pull: Pull) {
  const api = repositoryUrl(state, repository);
  const self = `${api}/pulls/${issue.number}`;
  const html = `${state.url}/${fullName(repository)}/pull/${issue.number}`;
  const subject = fullRepository(state, repository);
  const owner = user(state, repository.owner);
  const forked = {
    ...subject,
    id: BigInt(subject.id) + 500_000n,
    full_name: `stranger/${repository.name}`,
    fork: true,
  };
  const head = (await resolveCommit(repository.path, `heads/${pull.branch}`)) ?? '0'.repeat(40);
  const base = (await resolveCommit(repository.path, 'heads/main')) ?? '0'.repeat(40);
  const link = (href: string) => ({ href });
  const closedAt = issue.closedAt === null ? null : timestamp(issue.closedAt);
  return {
    ...{
      url: self,
      id: wire(issue.id),
      node_id: `PR_${issue.id}`,
      number: issue.number,
      title: issue.title,
      body: issue.body,
    },
    ...{
      html_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      issue_url: `${api}/issues/${issue.number}`,
    },
    ...{
      commits_url: `${self}/commits`,
      review_comments_url: `${self}/comments`,
      review_comment_url: `${self}/comments{/number}`,
    },
    ...{ comments_url: `${api}/issues/${issue.number}/comments`, statuses_url: `${api}/statuses/${head}` },
    ...{ state: issue.state, locked: false, user: user(state, issue.author), draft: false, auto_merge: null },
    ...{ assignee: null, assignees: [], requested_reviewers: [], requested_teams: [], labels: [], milestone: null },
    ...{ created_at: timestamp(issue.createdAt), updated_at: timestamp(issue.updatedAt), closed_at: closedAt },
    ...{ merged: pull.mergedAs !== null, merged_at: pull.mergedAs === null ? null : closedAt, merged_by: null },
    ...{ merge_commit_sha: pull.mergedAs, mergeable: true, rebaseable: true, mergeable_state: 'clean' },
    head: {
      label: `${pull.fork ? 'stranger' : repository.owner}:${pull.branch}`,
      ref: pull.branch,
      sha: head,
      user: owner,
      repo: pull.fork ? forked : subject,
    },
    base: { label: `${repository.owner}:main`, ref: 'main', sha: base, user: owner, repo: subject },
    ...{ author_association: 'NONE' as const, maintainer_can_modify: false, active_lock_reason: null },
    ...{
      comments: issue.comments.length,
      review_comments: 0,
      commits: 1,
      additions: 1,
      deletions: 0,
      changed_files: 1,
    },
    _links: {
      ...{
        self: link(self),
        html: link(html),
        issue: link(`${api}/issues/${issue.number}`),
        commits: link(`${self}/commits`),
      },
      ...{ comments: link(`${api}/issues/${issue.number}/comments`), statuses: link(`${api}/statuses/${head}`) },
      ...{ review_comments: link(`${self}/comments`), review_comment: link(`${self}/comments{/number}`) },
    },
  };
}
