/** Comments on issues and pull requests, and how people react to them. */
import type { GitHubId } from '../../../contracts/core/github-id.ts';
import { wire } from '../wire.ts';
import { type Caller, type Needs, permits } from '../auth.ts';
import { GitHubError } from '../errors.ts';
import { app, repositoryUrl, user } from '../payloads.ts';
import {
  type Issue,
  type IssueComment,
  type Repository,
  type State,
  fullName,
  nextId,
  now,
  timestamp,
} from '../state.ts';
import { MAX_BODY, issueByNumber, limit, ourLogin } from './issues.ts';
import type { Models } from './operation.ts';
import { page } from './page.ts';

const READ: Needs = {
  oneOf: [
    ['issues', 'read'],
    ['pull_requests', 'read'],
  ],
};
const WRITE: Needs = {
  oneOf: [
    ['issues', 'write'],
    ['pull_requests', 'write'],
  ],
};

export const comments: Models = {
  'issues/create-comment': {
    needs: WRITE,
    answer: ({ state, caller, repository, params, body: { body } }) => {
      const issue = issueByNumber(state, repository, params.issue_number);
      assertMayWrite(caller, issue);
      limit('IssueComment', 'body', body, MAX_BODY);
      const comment = addComment(state, issue, ourLogin(state), body);
      return { status: 201, body: commentPayload(state, repository, issue, comment) };
    },
  },

  'issues/update-comment': {
    needs: WRITE,
    answer: ({ state, caller, repository, params, body: { body } }) => {
      const { issue, comment } = commentById(state, repository, params.comment_id);
      assertMayWrite(caller, issue);
      limit('IssueComment', 'body', body, MAX_BODY);
      if (comment.author !== ourLogin(state)) throw new GitHubError(403, 'Resource not accessible by integration');
      comment.body = body;
      comment.updatedAt = now(state);
      return { status: 200, body: commentPayload(state, repository, issue, comment) };
    },
  },

  'issues/list-comments': {
    needs: READ,
    answer: ({ state, repository, params, query }) => {
      const issue = issueByNumber(state, repository, params.issue_number);
      const url = `${repositoryUrl(state, repository)}/issues/${issue.number}/comments`;
      const since = query.since === undefined ? 0 : Date.parse(query.since);
      const found = issue.comments.filter(({ updatedAt }) => updatedAt >= since);
      const { items, headers } = page(found, query, url);
      return { status: 200, headers, body: items.map((each) => commentPayload(state, repository, issue, each)) };
    },
  },

  'reactions/create-for-issue-comment': {
    needs: WRITE,
    answer: ({ state, caller, repository, params, body: { content } }) => {
      const { issue, comment } = commentById(state, repository, params.comment_id);
      assertMayWrite(caller, issue);
      const author = ourLogin(state);
      const before = comment.reactions.find((each) => each.author === author && each.content === content);
      const reaction = before ?? { id: nextId(state), author, content, createdAt: now(state) };
      if (!before) comment.reactions.push(reaction);
      const body = {
        ...{ id: wire(reaction.id), node_id: `REA_${reaction.id}`, content, user: user(state, author) },
        created_at: timestamp(reaction.createdAt),
      };
      return before ? { status: 200, body } : { status: 201, body };
    },
  },
};

export function addComment(state: State, issue: Issue, author: string, body: string): IssueComment {
  const at = now(state);
  const comment = { id: nextId(state), author, body, createdAt: at, updatedAt: at, reactions: [] };
  issue.comments.push(comment);
  issue.updatedAt = at;
  return comment;
}

/** The permission on issues does for issues, that on pull requests for pull requests. */
function assertMayWrite(caller: Caller, { pull }: Issue): void {
  const needed = [pull ? 'pull_requests' : 'issues', 'write'] as const;
  if (caller.kind === 'installation' && permits(caller.token.permissions, needed)) return;
  throw new GitHubError(403, 'Resource not accessible by integration', {
    headers: { 'x-accepted-github-permissions': needed.join('=') },
  });
}

function commentById(state: State, { id: repositoryId }: Repository, id: GitHubId) {
  for (const issue of state.issues) {
    const comment = issue.comments.find((each) => each.id === id);
    if (comment && issue.repositoryId === repositoryId) return { issue, comment };
  }
  throw new GitHubError(404, 'Not Found');
}

export function commentPayload(state: State, repository: Repository, issue: Issue, comment: IssueComment) {
  const url = `${repositoryUrl(state, repository)}/issues`;
  return {
    id: wire(comment.id),
    node_id: `IC_${comment.id}`,
    url: `${url}/comments/${comment.id}`,
    html_url: `${state.url}/${fullName(repository)}/issues/${issue.number}#issuecomment-${comment.id}`,
    body: comment.body,
    user: user(state, comment.author),
    created_at: timestamp(comment.createdAt),
    updated_at: timestamp(comment.updatedAt),
    issue_url: `${url}/${issue.number}`,
    author_association: 'NONE' as const,
    performed_via_github_app: comment.author === ourLogin(state) ? app(state) : null,
  };
}
