/** What workflows ask of GitHub. `createGitHubActivities` in github.activities.ts does it. */
import type { Approvers } from '../../contracts/approval.ts';
import type { GitHubDeploymentState } from '../../contracts/states.ts';
import type { SourceOrigin } from '../../contracts/service.ts';

export type GitHubOrigin = Extract<SourceOrigin, { kind: 'github' }>;

export interface OpenDeployment {
  readonly origin: GitHubOrigin;
  /** Ours: kept in the GitHub deployment's payload, and how it is found again. */
  readonly deploymentId: string;
  readonly commit: string;
  readonly environment: string;
  readonly production: boolean;
  readonly transient: boolean;
  readonly description: string;
  /** Someone may have opened it before: look it up even on the first attempt. */
  readonly mayExist: boolean;
}

export interface ReportDeployment {
  readonly origin: GitHubOrigin;
  readonly gitHubDeploymentId: number;
  readonly state: GitHubDeploymentState;
  /** Cut to 140 code units. */
  readonly description: string;
  /** Path of Landfall's page for it; the public address is put before it. */
  readonly logPath: string;
  readonly environmentUrl?: string;
}

export interface OpenBuildCheck {
  readonly origin: GitHubOrigin;
  readonly buildId: string;
  readonly commit: string;
  /** Shown as the check's name: `Landfall: web`. */
  readonly name: string;
  readonly title: string;
  readonly logPath: string;
}

export interface UpdateBuildCheck {
  readonly origin: GitHubOrigin;
  readonly checkRunId: number;
  readonly title: string;
  /** Markdown. */
  readonly summary: string;
  /** Given once it has ended. */
  readonly conclusion?: 'success' | 'failure' | 'cancelled';
}

export interface ApproverQuestion {
  readonly origin: GitHubOrigin;
  readonly login: string;
  readonly approvers: readonly Approvers[];
}

export interface GitHubActivities {
  /**
   * Whether somebody may decide: by membership in a team, or by permission on the repository. Asked anew every time,
   * because both change.
   * @throws `GitHub*`
   */
  findApprover(question: ApproverQuestion): Promise<boolean>;
  /** Creates the GitHub deployment, or finds the one created before for the same Landfall deployment. @returns GitHub's id */
  openDeployment(request: OpenDeployment): Promise<number>;
  /** Posts one status, unless the deployment's newest one already is this one or a final one. */
  reportDeployment(request: ReportDeployment): Promise<void>;
  /** Creates the check run of a build, or finds it by external id. @returns GitHub's id */
  openBuildCheck(request: OpenBuildCheck): Promise<number>;
  /** Edits the check run. */
  updateBuildCheck(request: UpdateBuildCheck): Promise<void>;
}
