/** The states of builds and deployments, what may follow what, and how GitHub spells them. */

/** In order of progress; the last three are final (requirements, B5). */
export const BUILD_STATES = [
  'pending',
  'claimed',
  'cloning',
  'building',
  'pushing',
  'completed',
  'failed',
  'cancelled',
] as const;
export type BuildState = (typeof BUILD_STATES)[number];

const FINAL_BUILD: ReadonlySet<BuildState> = new Set(['completed', 'failed', 'cancelled']);
export const isFinalBuild = (state: BuildState): boolean => FINAL_BUILD.has(state);

/**
 * In order of progress.
 *
 * `failed`: nothing was touched, what ran before never stopped. `rolled_back`: it was touched, and what ran
 * before is running again, observed. `rollback_failed`: neither, a person is needed.
 */
export const DEPLOYMENT_STATES = [
  'awaiting_approval',
  'queued',
  'preparing',
  'switching',
  'verifying',
  'rolling_back',
  'live',
  'failed',
  'rolled_back',
  'rollback_failed',
  'cancelled',
  'superseded',
] as const;
export type DeploymentState = (typeof DEPLOYMENT_STATES)[number];
export type DeploymentOutcome = 'live' | 'failed' | 'rolled_back' | 'rollback_failed' | 'cancelled' | 'superseded';
/** Outcomes that people have to hear of: a version runs that is not the wanted one. */
export type FailedOutcome = Extract<DeploymentOutcome, 'failed' | 'rolled_back' | 'rollback_failed'>;

const OUTCOMES: ReadonlySet<DeploymentState> = new Set([
  'live',
  'failed',
  'rolled_back',
  'rollback_failed',
  'cancelled',
  'superseded',
] satisfies DeploymentOutcome[]);
export const isDeploymentOutcome = (state: DeploymentState): state is DeploymentOutcome => OUTCOMES.has(state);
const FAILED: ReadonlySet<DeploymentOutcome> = new Set([
  'failed',
  'rolled_back',
  'rollback_failed',
] satisfies FailedOutcome[]);
export const isFailedOutcome = (outcome: DeploymentOutcome): outcome is FailedOutcome => FAILED.has(outcome);

/**
 * True when a report of `next` may follow `current`. Reports arrive out of order and repeatedly (retries, slow
 * networks): one that would move a finished thing back, or a running one backwards, is dropped.
 */
export function mayFollow<S extends BuildState | DeploymentState>(order: readonly S[], current: S, next: S): boolean {
  const final = (state: S) => FINAL_BUILD.has(state as BuildState) || OUTCOMES.has(state as DeploymentState);
  return !final(current) && order.indexOf(next) >= order.indexOf(current);
}

/** A GitHub deployment status (REST, "Create a deployment status"). */
export type GitHubDeploymentState = 'queued' | 'pending' | 'in_progress' | 'success' | 'failure' | 'error' | 'inactive';

/** The state for GitHub. A rollback that worked is still a failure of the commit; one that did not is an error. */
export const GITHUB_STATE = {
  awaiting_approval: 'queued',
  queued: 'queued',
  preparing: 'pending',
  switching: 'in_progress',
  verifying: 'in_progress',
  rolling_back: 'in_progress',
  live: 'success',
  failed: 'failure',
  rolled_back: 'failure',
  rollback_failed: 'error',
  cancelled: 'inactive',
  superseded: 'inactive',
} as const satisfies Record<DeploymentState, GitHubDeploymentState>;
