import { wire } from '../wire.ts';
import type { Needs } from '../auth.ts';
import { GitHubError } from '../errors.ts';
import { repositoryUrl, user } from '../payloads.ts';
import {
  type Issue,
  type Label,
  type Pull,
  type Repository,
  type State,
  fullName,
  nextId,
  now,
  timestamp,
} from '../state.ts';
import type { Models } from './operation.ts';
import { page } from './page.ts';

const READ: Needs = ['issues', 'read'];
const WRITE: Needs = ['issues', 'write'];
/** Not in GitHub's description, but enforced by it. */
export const MAX_BODY = 65_536;
const MAX_TITLE = 256;
const MAX_LABEL = 50;
const MAX_LABEL_DESCRIPTION = 100;
/** The colour of a label that is created together with an issue. */
const PLAIN = 'ededed';

export const issues: Models = {
  'issues/create-label': {
    needs: WRITE,
    answer: ({ state, repository, body: { name, color = PLAIN, description = null } }) => {
      limit('Label', 'name', name, MAX_LABEL);
      limit('Label', 'description', description ?? '', MAX_LABEL_DESCRIPTION);
      if (!/^[0-9a-f]{6}$/i.test(color)) throw invalid('Label', 'color', 'invalid');
      if (labelOf(state, repository, name)) throw invalid('Label', 'name', 'already_exists');
      const label = addLabel(state, repository, { name, color, description });
      return { status: 201, body: labelPayload(state, repository, label) };
    },
  },

  'issues/create': {
    needs: WRITE,
    answer: ({ state, repository, body }) => {
      const labels = (body.labels ?? []).map((label) => (typeof label === 'string' ? label : (label.name ?? '')));
      const author = ourLogin(state);
      const issue = openIssue(state, repository, {
        ...{ author, title: String(body.title), body: body.body ?? null, labels },
      });
      return { status: 201, body: issuePayload(state, repository, issue) };
    },
  },

  'issues/update': {
    needs: WRITE,
    answer: ({ state, repository, params, body = {} }) => {
      const issue = issueByNumber(state, repository, params.issue_number);
      const closes = body.state === 'closed' && issue.state === 'open';
      if (closes) issue.closedAt = now(state);
      if (body.state === 'open') issue.closedAt = null;
      issue.state = body.state ?? issue.state;
      issue.stateReason = body.state_reason ?? (closes ? 'completed' : issue.stateReason);
      issue.updatedAt = now(state);
      return { status: 200, body: issuePayload(state, repository, issue) };
    },
  },

  'issues/list-for-repo': {
    needs: READ,
    answer: ({ state, repository, query }) => {
      const { state: asked = 'open', labels = '', creator, direction = 'desc' } = query;
      const names = labels.split(',').filter((name) => name !== '');
      const found = state.issues
        .filter((issue) => issue.repositoryId === repository.id && (asked === 'all' || issue.state === asked))
        .filter((issue) => creator === undefined || issue.author === creator)
        .filter((issue) => names.every((name) => issue.labels.some((label) => same(label, name))));
      if (direction === 'desc') found.reverse();
      const url = `${repositoryUrl(state, repository)}/issues`;
      const { items, headers } = page(found, { ...query }, url);
      return { status: 200, headers, body: items.map((issue) => issuePayload(state, repository, issue)) };
    },
  },
};

/** Labels that there are not yet come into being with it, without a colour. */
export function openIssue(
  state: State,
  repository: Repository,
  {
    author,
    title,
    body,
    labels,
    pull = null,
  }: Pick<Issue, 'author' | 'title' | 'body' | 'labels'> & { pull?: Pull | null },
): Issue {
  limit('Issue', 'title', title, MAX_TITLE);
  limit('Issue', 'body', body ?? '', MAX_BODY);
  for (const name of labels) {
    if (!labelOf(state, repository, name)) addLabel(state, repository, { name, color: PLAIN, description: null });
  }
  const at = now(state);
  const issue: Issue = {
    id: nextId(state),
    repositoryId: repository.id,
    number: state.issues.filter(({ repositoryId }) => repositoryId === repository.id).length + 1,
    author,
    title,
    body,
    labels,
    createdAt: at,
    state: 'open',
    stateReason: null,
    updatedAt: at,
    closedAt: null,
    comments: [],
    pull,
  };
  state.issues.push(issue);
  return issue;
}

export const ourLogin = ({ appSlug }: State): string => `${appSlug}[bot]`;

function addLabel(
  state: State,
  { id: repositoryId }: Repository,
  label: Pick<Label, 'name' | 'color' | 'description'>,
): Label {
  const added = { id: nextId(state), repositoryId, ...label };
  state.labels.push(added);
  return added;
}

/** Names of labels are not case sensitive. */
const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

function labelOf(state: State, { id }: Repository, name: string): Label | undefined {
  return state.labels.find((label) => label.repositoryId === id && same(label.name, name));
}

export function issueByNumber(state: State, { id }: Repository, number: number): Issue {
  const found = state.issues.find((issue) => issue.repositoryId === id && issue.number === number);
  if (!found) throw new GitHubError(404, 'Not Found');
  return found;
}

function invalid(resource: string, field: string, code: string, message?: string): GitHubError {
  return new GitHubError(422, 'Validation Failed', {
    errors: [{ resource, code, field, ...(message && { message }) }],
  });
}

export function limit(resource: string, field: string, text: string, most: number): void {
  if (text.length > most)
    throw invalid(resource, field, 'custom', `${field} is too long (maximum is ${most} characters)`);
}

function labelPayload(state: State, repository: Repository, { id, name, color, description }: Label) {
  const url = `${repositoryUrl(state, repository)}/labels/${name}`;
  return { id: wire(id), node_id: `LA_${id}`, url, name, description, color, default: false };
}

/** GitHub leaves `performed_via_github_app` out of issues that an App has created, though not out of comments. */
export function issuePayload(state: State, repository: Repository, issue: Issue) {
  const url = `${repositoryUrl(state, repository)}/issues/${issue.number}`;
  const pull = `${repositoryUrl(state, repository)}/pulls/${issue.number}`;
  return {
    id: wire(issue.id),
    node_id: `I_${issue.id}`,
    url,
    repository_url: repositoryUrl(state, repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: `${state.url}/${fullName(repository)}/issues/${issue.number}`,
    number: issue.number,
    state: issue.state,
    state_reason: issue.stateReason,
    title: issue.title,
    body: issue.body,
    user: user(state, issue.author),
    labels: issue.labels
      .map((name) => labelOf(state, repository, name))
      .filter((label) => label !== undefined)
      .map((label) => labelPayload(state, repository, label)),
    assignee: null,
    assignees: [],
    milestone: null,
    locked: false,
    comments: issue.comments.length,
    closed_at: issue.closedAt === null ? null : timestamp(issue.closedAt),
    created_at: timestamp(issue.createdAt),
    updated_at: timestamp(issue.updatedAt),
    author_association: 'NONE' as const,
    performed_via_github_app: null,
    ...(issue.pull && {
      pull_request: { url: pull, html_url: pull, diff_url: `${pull}.diff`, patch_url: `${pull}.patch` },
    }),
  };
}
