/** The public surface of an environment: an entity that lives as long as its service does. */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { DeploymentRequest, EnvironmentState } from '../contracts/deployment.ts';
import type { CancelRequest } from '../contracts/release.ts';

/** Asking twice for the same deployment is asking once. */
export const requestDeployment = defineSignal<[DeploymentRequest]>('requestDeployment');
/** Takes a waiting deployment out of the queue, or has a running one undo what it did. */
export const cancelDeployment = defineSignal<[CancelRequest & { readonly deploymentId: string }]>('cancelDeployment');
export const environmentState = defineQuery<EnvironmentState>('state');
