/** The public surface of a release. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ApprovalState, DecisionRequest } from '../../contracts/deployment/approval.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import type { BuildResult } from '../../contracts/deployment/build.ts';
import type { DeploymentResult } from '../../contracts/deployment/deployment.ts';
import type { CancelRequest, ReleaseNews, ReleaseProgress } from '../../contracts/deployment/release.ts';

export const releaseProgress = defineQuery<ReleaseProgress>('progress');
/** Stops the release wherever it is; answers with where that was. Refused once it has ended. */
export const cancelRelease = defineUpdate<ReleaseProgress, [CancelRequest]>('cancel');

/**
 * Says yes or no at the gate where the release waits; answers with what the gate has become. Refused with `NotWaiting`
 * when it waits for something else, or no more; with `Forbidden` for who may not decide.
 */
export const decideApproval = defineUpdate<ApprovalState, [DecisionRequest]>('decide');

/** A deployment that waits for approval is not wanted any more, for this reason. One that does not wait is none of its business. */
export const withdrawApproval =
  defineSignal<[{ readonly deploymentId: string; readonly failure: FailureRecord }]>('withdrawApproval');

/** A workflow wants to hear how the release goes on; it gets the gate where the release waits at once. */
export const followRelease = defineSignal<[{ readonly follower: string }]>('follow');
/** To those who follow. */
export const releaseNews = defineSignal<[ReleaseNews]>('releaseNews');

/** From the release's build: the image can be deployed while the build host still tidies up. */
export const imageBuilt = defineSignal<[Extract<BuildResult, { outcome: 'completed' }>]>('imageBuilt');
/** From an environment: it has kept what decides of a request, and asks for the whole of it now. */
export const yourTurn = defineSignal<[{ readonly deploymentId: string }]>('yourTurn');
/** From an environment: a requested deployment has ended. */
export const deploymentEnded = defineSignal<[DeploymentResult]>('deploymentEnded');
