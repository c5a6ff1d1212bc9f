/** GitHub as the workflows see it: deployments and issues found again by our id, statuses in the order in which they were posted. */
import type { GitHubId } from '../../../contracts/core/github-id.ts';
import { environmentId } from '../../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import type { ListedCheck } from '../../../contracts/github/check-run.ts';
import type { Permission } from '../../../contracts/github/permission.ts';
import type {
  AnswerJob,
  FailedDeployment,
  GitHubActivities,
  RecoveredDeployment,
  NoteOnCheck,
  OpenBuildCheck,
  OpenDeployment,
  ReportDeployment,
  ShowCheck,
  UpdateBuildCheck,
} from '../../../activities/github/github.port.ts';

interface SimulatedDeployment {
  readonly id: GitHubId;
  readonly opened: OpenDeployment;
  readonly statuses: ReportDeployment[];
}

interface SimulatedCheck {
  readonly id: GitHubId;
  readonly opened: OpenBuildCheck;
  readonly updates: UpdateBuildCheck[];
}

interface SimulatedIssue {
  readonly cause: string;
  /** The deployments that opened it and then commented on it. */
  readonly failures: FailedDeployment[];
  closedBy: RecoveredDeployment | null;
}

export interface SimulatedGitHub {
  readonly activities: GitHubActivities;
  /** Everything that was created for a Landfall deployment: more than one is a mistake. */
  deployments(deploymentId: string): readonly SimulatedDeployment[];
  /** The states that a deployment was shown in, in order. */
  states(deploymentId: string): readonly string[];
  check(buildId: string): SimulatedCheck | undefined;
  /** The states that the check run with this external id has shown, in order. */
  shown(externalId: string): readonly ShowCheck[];
  /** The notes below check runs, in order. */
  readonly notes: readonly NoteOnCheck[];
  /** The answers for the jobs of a run, comments included, in order. */
  answers(runId: GitHubId): readonly AnswerJob[];
  /** Runs on whose jobs GitHub takes no comment, although they wait. */
  readonly uncommented: Set<GitHubId>;
  /** One environment's issues, oldest first, closed ones too. */
  issues(key: EnvironmentKey): readonly SimulatedIssue[];
  /** Team → logins: who may approve by membership. */
  readonly members: Map<string, ReadonlySet<string>>;
  /** GitHub's id of a check suite → its check runs, newest first. */
  readonly suites: Map<GitHubId, readonly ListedCheck[]>;
  /** Login → what they may do in the repository; `none` when not given. */
  readonly permissions: Map<string, Permission>;
  /** Ids of environments whose GitHub side was ended, in order. */
  readonly retired: readonly string[];
}

const FINAL: ReadonlySet<string> = new Set(['success', 'failure', 'error', 'inactive']);

export function createSimulatedGitHub(): SimulatedGitHub {
  const deployments: SimulatedDeployment[] = [];
  const checks: SimulatedCheck[] = [];
  const shown = new Map<string, { readonly id: GitHubId; readonly history: ShowCheck[] }>();
  const notes: NoteOnCheck[] = [];
  const answers: AnswerJob[] = [];
  const uncommented = new Set<GitHubId>();
  const members = new Map<string, ReadonlySet<string>>();
  const issues = new Map<string, SimulatedIssue[]>();
  const permissions = new Map<string, Permission>();
  const retired: string[] = [];
  const suites = new Map<GitHubId, readonly ListedCheck[]>();
  let lastId = 2n ** 53n;

  const issuesOf = (key: EnvironmentKey): SimulatedIssue[] => {
    const found = issues.get(environmentId(key)) ?? [];
    issues.set(environmentId(key), found);
    return found;
  };
  const opened = (deploymentId: string) => deployments.filter((one) => one.opened.deploymentId === deploymentId);

  return {
    members,
    retired,
    permissions,
    suites,
    uncommented,
    deployments: opened,
    states: (deploymentId) => opened(deploymentId).flatMap(({ statuses }) => statuses.map(({ state }) => state)),
    issues: issuesOf,
    check: (buildId) => checks.find((check) => check.opened.buildId === buildId),
    notes,
    answers: (runId) => answers.filter((one) => one.runId === runId),
    shown: (externalId) => shown.get(externalId)?.history ?? [],
    activities: {
      permissionOf: async ({ login }) => permissions.get(login) ?? 'none',
      async findApprover({ login, approvers }) {
        return approvers.some(({ teams }) => teams.some((team) => members.get(team)?.has(login) === true));
      },
      async openDeployment(request) {
        // It looks among those of the commit.
        const before = opened(request.deploymentId).find((one) => one.opened.commit === request.commit);
        if (before) return before.id;
        lastId += 1n;
        deployments.push({ id: String(lastId), opened: request, statuses: [] });
        return String(lastId);
      },
      async reportDeployment(status) {
        const statuses = deployments.find(({ id }) => id === status.gitHubDeploymentId)?.statuses;
        const newest = statuses?.at(-1)?.state;
        if (newest === undefined || (newest !== status.state && !FINAL.has(newest))) statuses?.push(status);
        const { supersedes, ...last } = status;
        const before = supersedes && opened(supersedes.deploymentId)[0];
        if (before?.statuses.at(-1)?.state === 'success') before.statuses.push({ ...last, state: 'inactive' });
      },
      async retireEnvironment({ key }) {
        retired.push(environmentId(key));
        return [];
      },
      async openBuildCheck(request) {
        const before = checks.find((check) => check.opened.buildId === request.buildId);
        if (before) return before.id;
        lastId += 1n;
        checks.push({ id: String(lastId), opened: request, updates: [] });
        return String(lastId);
      },
      async updateBuildCheck(update) {
        checks.find(({ id }) => id === update.checkRunId)?.updates.push(update);
      },
      async showCheck(request) {
        lastId += 1n;
        const run = shown.get(request.externalId) ?? { id: String(lastId), history: [] };
        shown.set(request.externalId, run);
        const before = run.history.at(-1)?.conclusion ?? 'action_required';
        if (before === 'action_required' || request.conclusion !== 'action_required') run.history.push(request);
        return run.id;
      },
      async noteOnCheck(note) {
        notes.push(note);
      },
      checksOfSuite: async ({ checkSuiteId }) => suites.get(checkSuiteId) ?? [],
      async answerJob(answer) {
        const ended = answers.some(({ runId, state }) => runId === answer.runId && state !== undefined);
        if (ended || (answer.state === undefined && uncommented.has(answer.runId))) return false;
        answers.push(answer);
        return true;
      },
      async jobWaits({ runId }) {
        return answers.every((one) => one.runId !== runId || one.state === undefined);
      },
      async openFailureIssue(failed) {
        const cause = failed.failure.type;
        const before = issuesOf(failed.key).find((issue) => issue.closedBy === null && issue.cause === cause);
        if (!before) issuesOf(failed.key).push({ cause, failures: [failed], closedBy: null });
        else if (before.failures.every(({ deploymentId }) => deploymentId !== failed.deploymentId)) {
          before.failures.push(failed);
        }
        return true;
      },
      async closeOutageIssue(recovered) {
        for (const issue of issuesOf(recovered.key)) if (issue.cause === 'NotServing') issue.closedBy ??= recovered;
        return true;
      },
      async closeFailureIssues(landed) {
        for (const issue of issuesOf(landed.key)) issue.closedBy ??= landed;
        return true;
      },
    },
  };
}
