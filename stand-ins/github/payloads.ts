/** The objects that answers and webhooks share: users, repositories, the App. */
import type { GitHubId } from '../../contracts/core/github-id.ts';
import { wire } from './wire.ts';
import type { components } from '@octokit/openapi-types';
import { type Repository, type State, fullName, timestamp } from './state.ts';

type Schemas = components['schemas'];

const USER_URLS = {
  url: '',
  followers_url: '/followers',
  following_url: '/following{/other_user}',
  gists_url: '/gists{/gist_id}',
  starred_url: '/starred{/owner}{/repo}',
  subscriptions_url: '/subscriptions',
  organizations_url: '/orgs',
  repos_url: '/repos',
  events_url: '/events{/privacy}',
  received_events_url: '/received_events',
} as const;

const REPOSITORY_URLS = {
  url: '',
  forks_url: '/forks',
  keys_url: '/keys{/key_id}',
  collaborators_url: '/collaborators{/collaborator}',
  teams_url: '/teams',
  hooks_url: '/hooks',
  issue_events_url: '/issues/events{/number}',
  events_url: '/events',
  assignees_url: '/assignees{/user}',
  branches_url: '/branches{/branch}',
  tags_url: '/tags',
  blobs_url: '/git/blobs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  git_refs_url: '/git/refs{/sha}',
  trees_url: '/git/trees{/sha}',
  statuses_url: '/statuses/{sha}',
  languages_url: '/languages',
  stargazers_url: '/stargazers',
  contributors_url: '/contributors',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  commits_url: '/commits{/sha}',
  git_commits_url: '/git/commits{/sha}',
  comments_url: '/comments{/number}',
  issue_comment_url: '/issues/comments{/number}',
  contents_url: '/contents/{+path}',
  compare_url: '/compare/{base}...{head}',
  merges_url: '/merges',
  archive_url: '/{archive_format}{/ref}',
  downloads_url: '/downloads',
  issues_url: '/issues{/number}',
  pulls_url: '/pulls{/number}',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  labels_url: '/labels{/name}',
  releases_url: '/releases{/id}',
  deployments_url: '/deployments',
} as const;

function under<T extends Record<string, string>>(base: string, urls: T): Record<keyof T, string> {
  const entries = Object.entries(urls).map(([key, rest]) => [key, `${base}${rest}`]);
  return Object.fromEntries(entries) as Record<keyof T, string>;
}

/** Ids of accounts only have to be stable. */
const accountId = (login: string): GitHubId =>
  String(
    Buffer.from(login).reduce((sum, byte) => (sum * 31n + BigInt(byte)) % 10_000_000n, 7n) + 3_000_000_000_000_000_000n,
  );

export const repositoryUrl = (state: State, repository: Repository): string =>
  `${state.url}/repos/${fullName(repository)}`;

export function user(state: State, login: string) {
  return {
    login,
    id: wire(accountId(login)),
    node_id: `U_${login}`,
    avatar_url: `${state.url}/avatars/${login}`,
    gravatar_id: '',
    html_url: `${state.url}/${login}`,
    ...under(`${state.url}/users/${login}`, USER_URLS),
    type: login.endsWith('[bot]') ? 'Bot' : 'Organization',
    site_admin: false,
  };
}

export function app(state: State): NonNullable<Schemas['integration']> {
  return {
    id: state.appId,
    slug: state.appSlug,
    node_id: `A_${state.appId}`,
    owner: user(state, 'acme'),
    name: 'Landfall',
    description: null,
    external_url: 'https://landfall.example',
    html_url: `${state.url}/apps/${state.appSlug}`,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    permissions: state.appPermissions,
    events: ['push'],
  };
}

/** The fields of a repository that the API and webhooks share. */
export function repository(state: State, subject: Repository) {
  const html = `${state.url}/${fullName(subject)}`;
  return {
    id: wire(subject.id),
    node_id: `R_${subject.id}`,
    name: subject.name,
    full_name: fullName(subject),
    private: subject.private,
    owner: user(state, subject.owner),
    html_url: html,
    description: null,
    fork: false,
    ...under(repositoryUrl(state, subject), REPOSITORY_URLS),
    git_url: `${html}.git`,
    ssh_url: `git@127.0.0.1:${fullName(subject)}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    homepage: null,
    size: 1,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: true,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: false,
    disabled: false,
    open_issues_count: 0,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: subject.private ? 'private' : 'public',
    forks: 0,
    open_issues: 0,
    watchers: 0,
    default_branch: 'main',
  };
}

/** A repository in events; the `push` event has another form. */
export function eventRepository(state: State, subject: Repository) {
  const pushedAt = timestamp(subject.pushedAt);
  return {
    ...repository(state, subject),
    created_at: timestamp(subject.createdAt),
    updated_at: pushedAt,
    pushed_at: pushedAt,
  };
}

/** A repository in the API's own answer about it. */
export function fullRepository(state: State, subject: Repository) {
  return { ...eventRepository(state, subject), network_count: 0, subscribers_count: 0 };
}
