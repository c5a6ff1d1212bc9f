/** The public surface of a release. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { BuildResult } from '../contracts/build.ts';
import type { DeploymentResult } from '../contracts/deployment.ts';
import type { CancelRequest, ReleaseProgress } from '../contracts/release.ts';

export const releaseProgress = defineQuery<ReleaseProgress>('progress');
/** Stops the release wherever it is; answers with where that was. Refused once it has ended. */
export const cancelRelease = defineUpdate<ReleaseProgress, [CancelRequest]>('cancel');

/** From the release's build: the image can be deployed while the build host still tidies up. */
export const imageBuilt = defineSignal<[Extract<BuildResult, { outcome: 'completed' }>]>('imageBuilt');
/** From an environment: a requested deployment has ended. */
export const deploymentEnded = defineSignal<[DeploymentResult]>('deploymentEnded');
