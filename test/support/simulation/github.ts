/** GitHub as the workflows see it: deployments found again by our id, statuses in the order in which they were posted. */
import type {
  GitHubActivities,
  OpenBuildCheck,
  OpenDeployment,
  ReportDeployment,
  UpdateBuildCheck,
} from '../../../activities/github/github.port.ts';

interface SimulatedDeployment {
  readonly id: number;
  readonly opened: OpenDeployment;
  readonly statuses: ReportDeployment[];
}

interface SimulatedCheck {
  readonly id: number;
  readonly opened: OpenBuildCheck;
  readonly updates: UpdateBuildCheck[];
}

export interface SimulatedGitHub {
  readonly activities: GitHubActivities;
  /** Everything that was created for a Landfall deployment: more than one is a mistake. */
  deployments(deploymentId: string): readonly SimulatedDeployment[];
  /** The states that a deployment was shown in, in order. */
  states(deploymentId: string): readonly string[];
  check(buildId: string): SimulatedCheck | undefined;
  /** Team → logins: who may approve by membership. */
  readonly members: Map<string, ReadonlySet<string>>;
}

const FINAL: ReadonlySet<string> = new Set(['success', 'failure', 'error', 'inactive']);

export function createSimulatedGitHub(): SimulatedGitHub {
  const deployments: SimulatedDeployment[] = [];
  const checks: SimulatedCheck[] = [];
  const members = new Map<string, ReadonlySet<string>>();
  let lastId = 1_000;

  const opened = (deploymentId: string) => deployments.filter((one) => one.opened.deploymentId === deploymentId);

  return {
    members,
    deployments: opened,
    states: (deploymentId) => opened(deploymentId).flatMap(({ statuses }) => statuses.map(({ state }) => state)),
    check: (buildId) => checks.find((check) => check.opened.buildId === buildId),
    activities: {
      async findApprover({ login, approvers }) {
        return approvers.some(({ teams }) => teams.some((team) => members.get(team)?.has(login) === true));
      },
      async openDeployment(request) {
        const [before] = opened(request.deploymentId);
        if (before) return before.id;
        lastId += 1;
        deployments.push({ id: lastId, opened: request, statuses: [] });
        return lastId;
      },
      async reportDeployment(status) {
        const statuses = deployments.find(({ id }) => id === status.gitHubDeploymentId)?.statuses;
        const newest = statuses?.at(-1)?.state;
        if (newest !== undefined && (newest === status.state || FINAL.has(newest))) return;
        statuses?.push(status);
      },
      async openBuildCheck(request) {
        const before = checks.find((check) => check.opened.buildId === request.buildId);
        if (before) return before.id;
        lastId += 1;
        checks.push({ id: lastId, opened: request, updates: [] });
        return lastId;
      },
      async updateBuildCheck(update) {
        checks.find(({ id }) => id === update.checkRunId)?.updates.push(update);
      },
    },
  };
}
