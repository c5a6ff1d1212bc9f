/** The steps of a deployment, and what people may do with one that runs. All times in milliseconds since the epoch. */
import type { Actor } from '../core/actor.ts';
import type { FailureRecord } from '../core/failures.ts';

/** The steps that a page shows, in order. */
export const DEPLOYMENT_STEPS = ['prepare', 'capture', 'release', 'switch', 'verify', 'finalize', 'restore'] as const;
export type DeploymentStep = (typeof DEPLOYMENT_STEPS)[number];

/** `skipped`: a person decided that it need not be done. */
export const STEP_STATES = ['running', 'done', 'failed', 'skipped'] as const;
export type StepState = (typeof STEP_STATES)[number];

/** The answers to a failed step. `abort`: the end that would have followed at once. */
export const STEP_DECISIONS = ['retry', 'skip', 'abort'] as const;
export type StepDecision = (typeof STEP_DECISIONS)[number];

/**
 * The only step whose work a person may have done by hand. Without `prepare`, `capture` or `switch` there is nothing to
 * go on with, and without `verify` a deployment would be called live unseen.
 */
const SKIPPABLE: ReadonlySet<DeploymentStep> = new Set(['release']);

export const choicesAt = (step: DeploymentStep): readonly StepDecision[] =>
  STEP_DECISIONS.filter((decision) => decision !== 'skip' || SKIPPABLE.has(step));

export interface StepDecisionRequest {
  readonly step: DeploymentStep;
  readonly decision: StepDecision;
  readonly by: Actor;
  readonly reason: string;
}

/** A deployment's pause, until a person resumes it. */
export interface DeploymentPause {
  readonly by: Actor;
  readonly reason: string;
  readonly at: number;
  /** Then it is taken back. `null`: it is still in the step that it was in. */
  readonly until: number | null;
}

/** A step that has failed and waits for a person's decision. */
export interface FailedStep {
  readonly step: DeploymentStep;
  /** A host; empty for a step of the whole deployment. */
  readonly place: string;
  readonly failure: FailureRecord;
  readonly at: number;
  /** Then the deployment fails, as it would have at once. */
  readonly until: number;
  readonly choices: readonly StepDecision[];
}
