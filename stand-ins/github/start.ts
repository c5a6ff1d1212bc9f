/**
 * GitHub, as far as Landfall can see: API, git and webhooks on one address of the loopback, checked against GitHub's
 * own OpenAPI description. Tests assert that `drift()` is empty: neither side has sent anything that GitHub does not
 * know.
 */
import type { GitHubId } from '../../contracts/core/github-id.ts';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { closePull, sayComment, type Said } from './conversation.ts';
import { loadDescription } from './description.ts';
import { type AskedJob, tellClick, tellJob, tellRerunAll } from './clicks.ts';
import { type Fault, createFaults } from './faults.ts';
import { createBareRepository } from './git.ts';
import { actions } from './operations/actions.ts';
import { apps } from './operations/apps.ts';
import { checks } from './operations/checks.ts';
import { comments } from './operations/comments.ts';
import { deployments } from './operations/deployments.ts';
import { issues, openIssue } from './operations/issues.ts';
import { people } from './operations/people.ts';
import { pulls } from './operations/pulls.ts';
import { repositories } from './operations/repositories.ts';
import { tellInstallation, tellInstallationRepository } from './installation-events.ts';
import { type MergeGroup, tellMergeGroup } from './merge-queue.ts';
import { createGitHubServer } from './server.ts';
import {
  type Call,
  type CheckRun,
  type Delivery,
  type Deployment,
  type DeploymentStatus,
  type Drift,
  type Issue,
  type IssueComment,
  type Job,
  type Label,
  type Permissions,
  type State,
  nextId,
  now,
} from './state.ts';
import { createWebhooks } from './webhooks.ts';
import { tellWorkflowRun, type WorkflowRun } from './workflow-run.ts';

export interface GitHubOptions {
  /** Holds the bare repositories. */
  readonly dir: string;
  /** Any free one when not given. */
  readonly port?: number;
  readonly appId?: number;
  /** The receiver of events. None by default; see {@link GitHub.setWebhook}. */
  readonly webhook?: { readonly url: string; readonly secret: string };
  /** The permissions that every installation grants. */
  readonly permissions?: Permissions;
  /** Answers what is not GitHub's; `true` when it has. For the process of its own (main.ts). */
  readonly extra?: (url: URL, req: IncomingMessage, res: ServerResponse) => boolean;
}

export interface AddedRepository {
  readonly id: GitHubId;
  readonly installationId: GitHubId;
  /** Needs credentials when the repository is private. */
  readonly cloneUrl: string;
  /** The same with a user's name and password in it: for `git push`. */
  readonly pushUrl: string;
  /** The bare repository's folder. A push by file path is not seen: no webhook. */
  readonly path: string;
}

export interface GitHub {
  /** The API's base URL, and git's: `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly appId: number;
  /** PKCS#1 PEM, as GitHub hands it out. */
  readonly privateKey: string;
  /** An empty repository with `main` as its default branch. The App is installed at its owner, and for it, unless `installed` is false. */
  addRepository(repository: {
    owner: string;
    name: string;
    private?: boolean;
    installed?: boolean;
  }): Promise<AddedRepository>;
  /** The address for another pusher: a person or an App (`…[bot]`). */
  pushUrlOf(repositoryId: GitHubId, login: string): string;
  /** Keeps the id; the old name answers with redirects. */
  renameRepository(id: GitHubId, name: string): void;
  /** Changes what an installation grants, from the next token on. */
  setPermissions(installationId: GitHubId, permissions: Permissions): void;
  /** Changes what the App asks for. Installations keep what they have granted. */
  setAppPermissions(permissions: Permissions): void;
  /** The installation includes the repository from now on, or no longer does. */
  includeRepository(repositoryId: GitHubId, included: boolean): void;
  /** A merge queue waits for the checks of its commit. */
  requestMergeGroupChecks(group: Omit<MergeGroup, 'action'>): Promise<void>;
  /** Its owner suspends it, or takes it up again: meanwhile it gets no token, and the ones that are out do nothing. */
  suspendInstallation(installationId: GitHubId, suspended: boolean): void;
  /** The App is uninstalled: its tokens end, and nothing is found. */
  removeInstallation(installationId: GitHubId): void;
  /** Every installation token that is out ends now. */
  revokeTokens(): void;
  /** The installation tokens that were given out and not revoked, expired ones too. */
  tokens(): readonly string[];
  /** `read`, `triage`, `write`, `maintain`, `admin`; `none` before. */
  setRole(repositoryId: GitHubId, login: string, role: string): void;
  /** A CI workflow has ended: the App gets the event. */
  completeWorkflowRun(run: WorkflowRun): void;
  /** A person presses a button on a check run that shows it, or "Re-run" when `button` is left out. */
  click(click: { checkRunId: GitHubId; button?: string; by: string }): void;
  /** A person presses "Re-run all checks" on a commit that has checks of ours. */
  rerunAllChecks(asked: { commit: string; by: string }): void;
  /** A job of GitHub Actions waits for a rule of ours: the App gets the request. @returns the id of its run */
  askForJob(job: AskedJob): GitHubId;
  /** Oldest first. */
  jobs(): readonly Job[];
  /** @param team - `organisation/slug` */
  setTeam(team: string, logins: readonly string[]): void;
  setWebhook(webhook: { url: string; secret: string }): void;
  /** From now on this share (0 to 1) of the events is lost. `recorded`: they are in the log and can be redelivered. */
  dropWebhooks(share: number, options?: { recorded?: boolean }): void;
  /** Sends a delivery again, under its own GUID. */
  redeliver(id: GitHubId): Promise<Delivery>;
  /** Resolved when every event so far was answered or given up. */
  webhooksSent(): Promise<void>;
  fault(fault: Fault): void;
  clearFaults(): void;
  /** GitHub's clock runs ahead of this machine's by this much, or behind it when negative. */
  setClock(offsetMs: number): void;
  deployments(): readonly Deployment[];
  /** The names of its environments. */
  environments(repositoryId: GitHubId): readonly string[];
  /** Oldest first. */
  statuses(deploymentId: GitHubId): readonly DeploymentStatus[];
  checkRuns(): readonly CheckRun[];
  /** Oldest first, closed ones too. */
  issues(): readonly Issue[];
  labels(): readonly Label[];
  /** A person opens an issue. */
  openIssue(
    repositoryId: GitHubId,
    issue: { author: string; title: string; body: string; labels: readonly string[] },
  ): Issue;
  /** A person opens a pull request of a branch; `fork`: of another repository's. */
  openPull(repositoryId: GitHubId, pull: { author: string; title: string; branch: string; fork?: boolean }): Issue;
  /** A person comments: the App gets the event. */
  comment(repositoryId: GitHubId, number: number, said: Said): IssueComment;
  /** A person merges (`mergedAs`: the merge's commit) or closes a pull request: the App gets the event. */
  closePull(repositoryId: GitHubId, number: number, how: { by: string; mergedAs?: string | null }): Promise<void>;
  deliveries(): readonly Delivery[];
  /** API requests in order; git's are not among them. */
  calls(): readonly Call[];
  drift(): readonly Drift[];
  stop(): Promise<void>;
}

const PERMISSIONS: Permissions = {
  checks: 'write',
  contents: 'read',
  deployments: 'write',
  issues: 'write',
  members: 'read',
  metadata: 'read',
  pull_requests: 'write',
};
const PUSHER = { login: 'octocat', password: 'octocat-password' };

/** Starts the stand-in; about 0.1 s, most of it for making the App's key. */
export async function startGitHub(options: GitHubOptions): Promise<GitHub> {
  const { dir, port = 0, appId = 4242, permissions = PERMISSIONS, extra = () => false } = options;
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const state: State = {
    url: '',
    dir,
    appId,
    appSlug: 'landfall',
    appPermissions: permissions,
    publicKey: keys.publicKey,
    users: new Map([[PUSHER.login, PUSHER.password]]),
    roles: new Map(),
    teams: new Map(),
    repositories: new Map(),
    installations: new Map(),
    tokens: new Map(),
    deployments: [],
    environments: new Map(),
    checkRuns: [],
    jobs: [],
    labels: [],
    issues: [],
    activities: [],
    deliveries: [],
    calls: [],
    drift: [],
    webhook: options.webhook,
    clockOffsetMs: 0,
    lastId: 3_804_004_623_172_239_000n,
  };
  const description = loadDescription();
  const webhooks = createWebhooks(state, description);
  const faults = createFaults();
  const models = {
    ...apps(webhooks),
    ...repositories,
    ...deployments,
    ...checks,
    ...people,
    ...issues,
    ...comments,
    ...pulls,
    ...actions,
  };
  const server = createGitHubServer({ state, description, models, webhooks, faults, extra });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  mkdirSync(dir, { recursive: true });

  const install = (account: string): GitHubId => {
    const installed = [...state.installations.values()].find((each) => each.account === account);
    if (installed) return installed.id;
    const id = nextId(state);
    state.installations.set(id, { id, account, permissions, suspended: false });
    return id;
  };

  const installationById = (id: GitHubId) => {
    const installation = state.installations.get(id);
    if (!installation) throw new Error(`there is no installation ${id}`);
    return installation;
  };

  const repositoryById = (id: GitHubId) => {
    const repository = state.repositories.get(id);
    if (!repository) throw new Error(`there is no repository ${id}`);
    return repository;
  };

  return {
    url: state.url,
    appId,
    privateKey: keys.privateKey,
    async addRepository({ owner, name, private: isPrivate = true, installed = true }) {
      const id = nextId(state);
      const path = join(dir, `${id}.git`);
      await createBareRepository(path, 'main');
      const at = now(state);
      state.repositories.set(id, {
        id,
        owner,
        name,
        formerNames: new Set(),
        private: isPrivate,
        installed,
        createdAt: at,
        pushedAt: at,
        path,
        refs: new Map(),
        seen: Promise.resolve(),
      });
      const installationId = installed ? install(owner) : '0';
      const cloneUrl = `${state.url}/${owner}/${name}.git`;
      const pushUrl = cloneUrl.replace('://', `://${PUSHER.login}:${PUSHER.password}@`);
      return { id, installationId, cloneUrl, pushUrl, path };
    },
    pushUrlOf(repositoryId, login) {
      const { owner, name } = repositoryById(repositoryId);
      state.users.set(login, PUSHER.password);
      const who = `${encodeURIComponent(login)}:${PUSHER.password}`;
      return `${state.url.replace('://', `://${who}@`)}/${owner}/${name}.git`;
    },
    renameRepository(id, name) {
      const repository = repositoryById(id);
      repository.formerNames.add(repository.name.toLowerCase());
      repository.name = name;
    },
    setPermissions(installationId, granted) {
      const installation = installationById(installationId);
      installation.permissions = granted;
      tellInstallation(state, webhooks, installation, 'new_permissions_accepted');
    },
    setAppPermissions: (asked) => void (state.appPermissions = asked),
    suspendInstallation(installationId, suspended) {
      const installation = installationById(installationId);
      installation.suspended = suspended;
      tellInstallation(state, webhooks, installation, suspended ? 'suspend' : 'unsuspend');
    },
    includeRepository(repositoryId, included) {
      const repository = repositoryById(repositoryId);
      const installation = installationById(install(repository.owner));
      repository.installed = included;
      tellInstallationRepository(state, webhooks, { installation, repository });
    },
    async requestMergeGroupChecks(group) {
      await tellMergeGroup(state, webhooks, repositoryById(group.repositoryId), {
        ...group,
        action: 'checks_requested',
      });
    },
    removeInstallation(installationId) {
      tellInstallation(state, webhooks, installationById(installationId), 'deleted');
      state.installations.delete(installationId);
      for (const [value, token] of state.tokens)
        if (token.installationId === installationId) state.tokens.delete(value);
    },
    revokeTokens: () => state.tokens.clear(),
    tokens: () => [...state.tokens.keys()],
    setRole(repositoryId, login, role) {
      const roles = state.roles.get(repositoryId) ?? new Map<string, string>();
      state.roles.set(repositoryId, roles.set(login, role));
    },
    completeWorkflowRun(run) {
      tellWorkflowRun(state, webhooks, repositoryById(run.repositoryId), run);
    },
    click({ checkRunId, button, by }) {
      const run = state.checkRuns.find(({ id }) => id === checkRunId);
      if (!run) throw new Error(`there is no check run ${checkRunId}`);
      tellClick(state, webhooks, { run, button, by });
    },
    rerunAllChecks({ commit, by }) {
      const run = state.checkRuns.find(({ headSha }) => headSha === commit);
      if (!run) throw new Error(`there is no check on ${commit}`);
      tellRerunAll(state, webhooks, { run, by });
    },
    askForJob: (job) => tellJob(state, webhooks, job),
    jobs: () => state.jobs,
    setTeam: (team, logins) => void state.teams.set(team, new Set(logins)),
    setWebhook: (webhook) => void (state.webhook = webhook),
    dropWebhooks: (share, { recorded = true } = {}) => webhooks.drop(share, recorded),
    async redeliver(id) {
      const delivery = state.deliveries.find((each) => each.id === id);
      if (!delivery) throw new Error(`there is no delivery ${id}`);
      return webhooks.redeliver(delivery);
    },
    async webhooksSent() {
      await Promise.all([...state.repositories.values()].map(({ seen }) => seen));
      await webhooks.idle();
    },
    fault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    setClock: (offsetMs) => void (state.clockOffsetMs = offsetMs),
    deployments: () => state.deployments,
    environments: (repositoryId) => [...(state.environments.get(repositoryId)?.keys() ?? [])],
    statuses: (id) => state.deployments.find((each) => each.id === id)?.statuses ?? [],
    checkRuns: () => state.checkRuns,
    issues: () => state.issues,
    labels: () => state.labels,
    openIssue: (repositoryId, issue) => openIssue(state, repositoryById(repositoryId), issue),
    openPull(repositoryId, { author, title, branch, fork = false }) {
      const pull = { branch, fork, mergedAs: null };
      return openIssue(state, repositoryById(repositoryId), { author, title, body: null, labels: [], pull });
    },
    comment: (repositoryId, number, said) => sayComment(state, webhooks, repositoryById(repositoryId), number, said),
    closePull: (repositoryId, number, how) => closePull(state, webhooks, repositoryById(repositoryId), number, how),
    deliveries: () => state.deliveries,
    calls: () => state.calls,
    drift: () => state.drift,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await webhooks.idle();
    },
  };
}
