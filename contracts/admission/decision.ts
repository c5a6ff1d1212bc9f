/**
 * The outcome of a trigger for one service and environment, as it is kept and shown (requirements, E1). The words
 * beside a reason may change at any time; the reasons themselves are what programs rely on.
 */

/** Reasons not to deploy something that could have been deployed. */
export const SKIP_REASONS = [
  /** The commit, the branch or its configuration. */
  'branch_gone',
  'commit_gone',
  'not_on_branch',
  'skip_deploy',
  'no_configuration',
  'invalid_configuration',
  /** The CI run. */
  'ci_failed',
  'ci_of_fork',
  'ci_not_of_push',
  /** The environment. */
  'wrong_branch',
  'waits_for_ci',
  'waits_for_push',
  'on_request_only',
  'no_port',
  'paths_untouched',
  /** The same is there already. */
  'already_released',
  'superseded',
  /** GitHub and its App. */
  'unknown_repository',
  'installation_suspended',
  'installation_deleted',
  'not_on_github',
  'unsafe_name',
  /** A request that was answered with an error. */
  'refused',
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** Reasons to acknowledge a delivery of GitHub's, and do nothing more. */
export const IGNORE_REASONS = [
  'ping',
  'event_not_used',
  'action_not_used',
  'not_a_branch',
  'branch_deleted',
  'unsafe_name',
  'no_workflow',
  'no_branch',
  'no_command',
  'by_bot',
  'not_the_author',
  'not_ours',
  'no_installation',
] as const;
export type IgnoreReason = (typeof IGNORE_REASONS)[number];

/** Unknown or unmeant fields are `null`: a skipped push concerns no service in particular. */
export interface Decision {
  readonly shouldDeploy: boolean;
  readonly project: string | null;
  readonly service: string | null;
  readonly environment: string | null;
  /** Branch, or tag. */
  readonly ref: string | null;
  readonly commit: string | null;
  /** The tag that the image has in the registry. */
  readonly imageTag: string | null;
  /** A tagged release's, as people call it: `1.2.0`. Otherwise the commit's first characters. */
  readonly version: string | null;
  /** The git tag of the request: `v1.2.0`. */
  readonly tag: string | null;
  /** The release, for one that is deployed. */
  readonly releaseId: string | null;
  /** The reason, for one that is not deployed. */
  readonly reason: SkipReason | null;
  /** The reason in words. */
  readonly detail: string | null;
}

const UNDECIDED: Decision = {
  shouldDeploy: false,
  project: null,
  service: null,
  environment: null,
  ref: null,
  commit: null,
  imageTag: null,
  version: null,
  tag: null,
  releaseId: null,
  reason: null,
  detail: null,
};

/** The decision not to deploy something, with as much as is known about it. */
export const skipped = (reason: SkipReason, detail: string, about: Partial<Decision> = {}): Decision => ({
  ...UNDECIDED,
  ...about,
  reason,
  detail,
});

/** The decision to deploy something. */
export const deployed = (about: Omit<Decision, 'shouldDeploy' | 'reason' | 'detail'>): Decision => ({
  ...about,
  shouldDeploy: true,
  reason: null,
  detail: null,
});
