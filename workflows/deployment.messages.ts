/** The public surface of a running deployment. Client code imports this file, never the workflow. */
import { defineQuery } from '@temporalio/workflow';
import type { DeploymentProgress } from '../contracts/deployment.ts';

export const deploymentProgress = defineQuery<DeploymentProgress>('progress');
