/** The public surface of a running deployment. Client code imports this file, never the workflow. */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { DeploymentProgress } from '../../contracts/deployment/deployment.ts';
import type { PauseRequest, ResumeRequest } from '../../contracts/deployment/environment.ts';
import type { StepDecisionRequest } from '../../contracts/deployment/steps.ts';

export const deploymentProgress = defineQuery<DeploymentProgress>('progress');

/**
 * The deployment ends its step and holds before the next one; a pause never lasts for ever. Refused with
 * `NotPausable` when no step is left to hold before, or another person has paused it.
 */
export const pauseDeployment = defineUpdate<DeploymentProgress, [PauseRequest]>('pause');
/** Refused with `NotWaiting` when it is not paused. */
export const resumeDeployment = defineUpdate<DeploymentProgress, [ResumeRequest]>('resume');
/**
 * Decides about a step that has failed and waits. Refused with `NotWaiting` when it does not (any more); with
 * `InvalidRequest` when that step cannot be skipped.
 */
export const decideStep = defineUpdate<DeploymentProgress, [StepDecisionRequest]>('decideStep');
