import type { GitHubId } from '../../contracts/core/github-id.ts';

/** The stand-in's memory. Answers are built from it, never taken from examples. */
export type Level = 'read' | 'write';
export type Permissions = Readonly<Record<string, Level>>;

export interface Repository {
  readonly id: GitHubId;
  readonly owner: string;
  /** Changes with a rename; the id does not. */
  name: string;
  readonly formerNames: Set<string>;
  readonly private: boolean;
  /** True when the installation at its owner, if there is one, includes it. */
  installed: boolean;
  readonly createdAt: number;
  pushedAt: number;
  /** The bare repository's folder. */
  readonly path: string;
  /** Full ref name → commit, as the last webhook sent it. */
  refs: ReadonlyMap<string, string>;
  /** Resolved when every push so far has been looked at. */
  seen: Promise<void>;
}

export interface Installation {
  readonly id: GitHubId;
  /** The user or organisation that installed the App. */
  readonly account: string;
  permissions: Permissions;
  suspended: boolean;
}

export interface Token {
  readonly installationId: GitHubId;
  readonly permissions: Permissions;
  /** `null`: every repository of the installation. */
  readonly repositoryIds: readonly GitHubId[] | null;
  readonly expiresAt: number;
}

export interface Deployment {
  readonly id: GitHubId;
  readonly repositoryId: GitHubId;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly environment: string;
  readonly description: string | null;
  readonly payload: Record<string, unknown> | string;
  readonly transient: boolean;
  readonly production: boolean;
  readonly createdAt: number;
  /** Oldest first. */
  readonly statuses: DeploymentStatus[];
}

export interface DeploymentStatus {
  readonly id: GitHubId;
  readonly state: 'error' | 'failure' | 'inactive' | 'in_progress' | 'queued' | 'pending' | 'success';
  readonly description: string;
  readonly logUrl: string;
  readonly environmentUrl: string;
  readonly createdAt: number;
}

export interface CheckRun {
  readonly id: GitHubId;
  readonly repositoryId: GitHubId;
  readonly headSha: string;
  readonly name: string;
  readonly externalId: string;
  readonly detailsUrl: string | null;
  readonly startedAt: number;
  status: 'queued' | 'in_progress' | 'completed' | 'waiting' | 'requested' | 'pending';
  conclusion: 'success' | 'failure' | 'neutral' | 'cancelled' | 'skipped' | 'timed_out' | 'action_required' | null;
  completedAt: number | null;
  title: string | null;
  summary: string | null;
  text: string | null;
  /** Shown once it is completed. */
  buttons: readonly { readonly label: string; readonly identifier: string; readonly description: string }[];
}

/** A job of GitHub Actions that waits for its environment. */
export interface Job {
  readonly repositoryId: GitHubId;
  readonly runId: GitHubId;
  readonly environment: string;
  state: 'waiting' | 'approved' | 'rejected';
  /** Oldest first. */
  readonly comments: string[];
}

export interface Label {
  readonly id: GitHubId;
  readonly repositoryId: GitHubId;
  readonly name: string;
  readonly color: string;
  readonly description: string | null;
}

export type ReactionContent = '+1' | '-1' | 'laugh' | 'confused' | 'heart' | 'hooray' | 'rocket' | 'eyes';

export interface Reaction {
  readonly id: GitHubId;
  /** Login. */
  readonly author: string;
  readonly content: ReactionContent;
  readonly createdAt: number;
}

export interface IssueComment {
  readonly id: GitHubId;
  /** Login. */
  readonly author: string;
  body: string;
  readonly createdAt: number;
  updatedAt: number;
  readonly reactions: Reaction[];
}

/** The fields that a pull request has beside those of an issue. Its head is the branch's head. */
export interface Pull {
  readonly branch: string;
  /** The branch is another repository's. */
  readonly fork: boolean;
  mergedAs: string | null;
}

/** Something that changed a ref, as "activity" tells it. */
export interface Activity {
  readonly id: GitHubId;
  readonly repositoryId: GitHubId;
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly type: 'push' | 'force_push' | 'branch_creation' | 'branch_deletion';
  readonly actor: string;
  readonly at: number;
}

export interface Issue {
  readonly id: GitHubId;
  readonly repositoryId: GitHubId;
  readonly number: number;
  /** Login. */
  readonly author: string;
  readonly title: string;
  readonly body: string | null;
  /** Names. */
  readonly labels: readonly string[];
  readonly createdAt: number;
  state: 'open' | 'closed';
  stateReason: 'completed' | 'not_planned' | 'duplicate' | 'reopened' | null;
  updatedAt: number;
  closedAt: number | null;
  /** Oldest first. */
  readonly comments: IssueComment[];
  /** `null`: it is an issue only. */
  readonly pull: Pull | null;
}

export interface Delivery {
  readonly id: GitHubId;
  /** Kept by a redelivery. */
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly redelivery: boolean;
  readonly installationId: GitHubId | null;
  readonly repositoryId: GitHubId | null;
  readonly deliveredAt: number;
  /** In seconds, as GitHub tells it. */
  duration: number;
  status: string;
  /** 0 when nothing answered. */
  statusCode: number;
  readonly request: { readonly headers: Record<string, string>; readonly body: string };
  response: { readonly headers: Record<string, string>; readonly body: string } | null;
}

export interface Call {
  /** GitHub's name of it: `repos/create-deployment`. */
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  /** True when it counts against GitHub's limit for creating content. */
  readonly creating: boolean;
  readonly at: number;
  status: number;
}

/** One request or answer that GitHub's description does not allow. */
export interface Drift {
  readonly operation: string;
  readonly where: 'request' | 'answer' | 'event';
  readonly mismatches: readonly string[];
}

export interface State {
  /** `http://127.0.0.1:PORT`: API and git alike. */
  url: string;
  readonly dir: string;
  readonly appId: number;
  readonly appSlug: string;
  /** The permissions that the App requests. An installation may grant fewer: a person has to accept new ones. */
  appPermissions: Permissions;
  readonly publicKey: string;
  /** Login → password, for pushing. */
  readonly users: Map<string, string>;
  /** Repository id → login → role. */
  readonly roles: Map<GitHubId, Map<string, string>>;
  /** `organisation/team` → logins. */
  readonly teams: Map<string, ReadonlySet<string>>;
  readonly repositories: Map<GitHubId, Repository>;
  readonly installations: Map<GitHubId, Installation>;
  readonly tokens: Map<string, Token>;
  readonly deployments: Deployment[];
  /** Repository → name → when it was made, in milliseconds since the epoch. */
  readonly environments: Map<GitHubId, Map<string, number>>;
  readonly checkRuns: CheckRun[];
  readonly jobs: Job[];
  readonly labels: Label[];
  readonly issues: Issue[];
  readonly activities: Activity[];
  readonly deliveries: Delivery[];
  readonly calls: Call[];
  readonly drift: Drift[];
  webhook: { readonly url: string; readonly secret: string } | undefined;
  /** GitHub's clock against this machine's, in milliseconds. */
  clockOffsetMs: number;
  /** Beyond 2^53, as GitHub's own of today: what passes through a number is another one. */
  lastId: bigint;
}

/** GitHub's time, in milliseconds since the epoch. */
export const now = (state: State): number => Date.now() + state.clockOffsetMs;

export function nextId(state: State): GitHubId {
  state.lastId += 1n;
  return String(state.lastId);
}

/** `2026-03-01T12:00:00Z`, as GitHub spells times. */
export const timestamp = (at: number): string => new Date(at).toISOString().replace(/\.\d+/, '');

export const fullName = ({ owner, name }: Pick<Repository, 'owner' | 'name'>): string => `${owner}/${name}`;

/** The installation that a repository belongs to, if the App is installed there. */
export function installationOf(state: State, repository: Repository): Installation | undefined {
  if (!repository.installed) return undefined;
  return [...state.installations.values()].find(({ account }) => account === repository.owner);
}

/** Finds it by its present name, or by an earlier one: then `moved` is true, and GitHub answers with a redirect. */
export function findRepository(
  state: State,
  owner: string,
  name: string,
): { readonly repository: Repository; readonly moved: boolean } | undefined {
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const owned = [...state.repositories.values()].filter((each) => same(each.owner, owner));
  const current = owned.find((each) => same(each.name, name));
  if (current) return { repository: current, moved: false };
  const former = owned.find((each) => each.formerNames.has(name.toLowerCase()));
  return former && { repository: former, moved: true };
}
