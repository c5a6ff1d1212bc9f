/** The workflows' use of GitHub. `createGitHubActivities` in github.activities.ts implements it. */
import type { GitHubId } from '../../contracts/core/github-id.ts';
import type { Approvers } from '../../contracts/config/approval-settings.ts';
import type { CheckButton, CheckConclusion, ListedCheck } from '../../contracts/github/check-run.ts';
import type { SupersededDeployment } from '../../contracts/deployment/deployment.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import type { EnvironmentKey, ServiceKey } from '../../contracts/core/keys.ts';
import type { Markdown } from '../../contracts/core/markdown.ts';
import type { Permission } from '../../contracts/github/permission.ts';
import type { CheckName } from '../../contracts/github/shown-names.ts';
import type { FailedOutcome, GitHubDeploymentState } from '../../contracts/deployment/states.ts';
import type { GitHubOrigin } from '../../contracts/config/service.ts';

export interface OpenDeployment {
  readonly origin: GitHubOrigin;
  /** Our id: kept in the GitHub deployment's payload, by which it is found again. */
  readonly deploymentId: string;
  readonly commit: string;
  readonly environment: string;
  readonly production: boolean;
  readonly transient: boolean;
  readonly description: string;
  /** An earlier attempt may have opened it: look it up even on the first attempt. */
  readonly mayExist: boolean;
}

export interface ReportDeployment {
  readonly origin: GitHubOrigin;
  readonly gitHubDeploymentId: GitHubId;
  readonly state: GitHubDeploymentState;
  /** Cut to 140 code units. */
  readonly description: string;
  /** Path of Landfall's page for it; the public address is put before it. */
  readonly logPath: string;
  readonly environmentUrl?: string;
  /** The one whose place it takes: shown as inactive after this status. GitHub does that itself unless it is production. */
  readonly supersedes?: SupersededDeployment & { readonly environment: string };
}

export interface OpenBuildCheck {
  readonly origin: GitHubOrigin;
  readonly buildId: string;
  readonly commit: string;
  /** Shown as the check's name: `Landfall: web`. */
  readonly name: CheckName;
  readonly title: string;
  readonly logPath: string;
}

export interface UpdateBuildCheck {
  readonly origin: GitHubOrigin;
  readonly checkRunId: GitHubId;
  readonly title: string;
  readonly summary: Markdown;
  /** Given once it has ended. */
  readonly conclusion?: 'success' | 'failure' | 'cancelled';
}

/** A check run that is complete in each report: reported at a gate and at an end, never in between. */
export interface ShowCheck {
  readonly origin: GitHubOrigin;
  /** Our id, by which it is found again (contracts/github/check-run.ts). */
  readonly externalId: string;
  readonly commit: string;
  readonly name: CheckName;
  /** Path of Landfall's page for it; the public address is put before it. */
  readonly logPath: string;
  /** GitHub's id, once it is known. */
  readonly checkRunId?: GitHubId;
  /** An earlier attempt may have opened it: look it up even on the first attempt. */
  readonly mayExist: boolean;
  readonly title: string;
  /** The facts about it, label by label. */
  readonly rows: readonly (readonly [label: Markdown, value: Markdown])[];
  /** Shown as it is, whatever it holds. */
  readonly message?: string;
  readonly conclusion: CheckConclusion;
  readonly buttons: readonly CheckButton[];
}

/** The result of a person's click, put below the check run's own text. */
export interface NoteOnCheck {
  readonly origin: GitHubOrigin;
  readonly checkRunId: GitHubId;
  readonly note: string;
  /** The buttons that it has from now on; they stay as they are when absent. */
  readonly buttons?: readonly CheckButton[];
}

export interface SuiteQuestion {
  readonly origin: GitHubOrigin;
  /** One of ours: each App has its own on a commit. */
  readonly checkSuiteId: GitHubId;
}

export interface AnswerJob {
  readonly origin: GitHubOrigin;
  readonly runId: GitHubId;
  readonly environment: string;
  /** A comment alone when absent: the job goes on waiting. */
  readonly state?: 'approved' | 'rejected';
  readonly comment: string;
}

export type WaitingJobQuestion = Pick<AnswerJob, 'origin' | 'runId' | 'environment'>;

/** An ended deployment, for issues. */
interface EndedDeployment {
  readonly origin: GitHubOrigin;
  readonly key: EnvironmentKey;
  /** See `ReleaseInput.called`. */
  readonly called?: ServiceKey;
  readonly deploymentId: string;
  readonly commit: string;
  readonly logPath: string;
  /** An earlier report may exist: look it up even on the first attempt. */
  readonly mayBeTold: boolean;
}

export interface FailedDeployment extends EndedDeployment {
  readonly digest: string;
  /** `crash_loop`: it is live, and its container ends over and over. `not_serving`: it is live, and down or hanging. */
  readonly outcome: FailedOutcome | 'crash_loop' | 'not_serving';
  /** Its type is the cause that one issue is about. */
  readonly failure: FailureRecord;
  /** The commit that was live before; `null` when there was none, or it does not matter. */
  readonly before: string | null;
}

export type RecoveredDeployment = EndedDeployment;

export interface ApproverQuestion {
  readonly origin: GitHubOrigin;
  readonly login: string;
  readonly approvers: readonly Approvers[];
}

export interface PermissionQuestion {
  readonly origin: GitHubOrigin;
  readonly login: string;
}

/** An environment of ours that is no more. */
export interface RetiredEnvironment {
  readonly origin: GitHubOrigin;
  readonly key: EnvironmentKey;
  /** Other services of the repository have an environment of this name: GitHub's own stays. */
  readonly isShared: boolean;
  /** The preview of a pull request: its deployments are deleted as well, and the last service to end deletes GitHub's own. */
  readonly isPreview?: true;
  /** Of the first deployment there, in milliseconds since the epoch: one that GitHub had before is not ours to delete. */
  readonly firstAt: number;
}

export interface GitHubActivities {
  /**
   * A person's permission in the repository, read anew every time; `none` for an account that is unknown there.
   * @throws `GitHub*`
   */
  permissionOf(question: PermissionQuestion): Promise<Permission>;
  /**
   * True when the person may decide: by membership in a team, or by permission on the repository. Read anew every time,
   * because both change.
   * @throws `GitHub*`
   */
  findApprover(question: ApproverQuestion): Promise<boolean>;
  /** Creates the GitHub deployment, or finds the one created before for the same Landfall deployment. @returns GitHub's id */
  openDeployment(request: OpenDeployment): Promise<GitHubId>;
  /**
   * Posts one status, unless the deployment's newest one already is this one or a final one; then `inactive` on what
   * it supersedes, if that was live.
   */
  reportDeployment(request: ReportDeployment): Promise<void>;
  /**
   * Marks what GitHub shows as live there as inactive, and deletes GitHub's environment when it came into being with our first
   * deployment, has no rules, and no other uses it. A preview's deployments are deleted, too. Repeating it changes nothing.
   * @returns what is left and why, in sentences
   */
  retireEnvironment(environment: RetiredEnvironment): Promise<readonly string[]>;
  /** Creates the check run of a build, or finds it by external id. @returns GitHub's id */
  openBuildCheck(request: OpenBuildCheck): Promise<GitHubId>;
  /** Edits the check run. */
  updateBuildCheck(request: UpdateBuildCheck): Promise<void>;
  /**
   * Creates the check run, or edits the one that is there; one that has ended never waits for a person again.
   * @returns GitHub's id
   */
  showCheck(request: ShowCheck): Promise<GitHubId>;
  /** Leaves what the check run says as it is; takes the place of an earlier note. */
  noteOnCheck(request: NoteOnCheck): Promise<void>;
  /** The newest check run of each name in a suite of ours, those of deployments first; a thousand at most. */
  checksOfSuite(question: SuiteQuestion): Promise<readonly ListedCheck[]>;
  /** Answers GitHub for a job that waits for an environment. @returns `false` when GitHub waits for no answer (any more) */
  answerJob(request: AnswerJob): Promise<boolean>;
  /**
   * Asks GitHub whether jobs of the run still wait for the environment.
   * @returns `false` only when GitHub lists what the run waits for, and the environment is not there; `true` when it may not be asked
   */
  jobWaits(question: WaitingJobQuestion): Promise<boolean>;
  /**
   * Tells of a failed deployment by the open issue of its environment and cause: creates it, labels included, or
   * comments on it, once for each deployment.
   * @returns `false` when GitHub refuses it for good, such as without the permission issues: write
   */
  openFailureIssue(failed: FailedDeployment): Promise<boolean>;
  /**
   * Comments on every open failure issue of the environment with what has landed, and closes it.
   * @returns `false` when GitHub refuses it for good
   */
  closeFailureIssues(landed: RecoveredDeployment): Promise<boolean>;
  /** Closes the environment's open issue of the cause `NotServing` with a comment that the deployment serves again. As above. */
  closeOutageIssue(recovered: RecoveredDeployment): Promise<boolean>;
}
