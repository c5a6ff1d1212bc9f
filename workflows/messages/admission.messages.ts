/** The public surface of a delivery, which only environments speak to. */
import { defineSignal } from '@temporalio/workflow';
import type { EnvironmentStanding } from '../../contracts/deployment/deployment.ts';

/** What an environment of the delivery's service says is live there: its answer to `askStanding`. */
export const standingTold =
  defineSignal<[{ readonly environment: string; readonly standing: EnvironmentStanding }]>('standingTold');
