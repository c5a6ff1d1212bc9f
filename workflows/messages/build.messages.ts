/** The public surface of a build. It is cancelled like any workflow. */
import { defineQuery } from '@temporalio/workflow';
import type { BuildState } from '../../contracts/deployment/states.ts';

export const buildProgress = defineQuery<{ readonly state: BuildState; readonly host: string | null }>('progress');
