/** The public surface of a delivery, which only environments speak to. */
import { defineSignal } from '@temporalio/workflow';
import type { EnvironmentStanding } from '../../contracts/deployment/deployment.ts';

/** The live version by the account of an environment of the delivery's service: its answer to `askStanding`. */
export const standingTold =
  defineSignal<[{ readonly environment: string; readonly standing: EnvironmentStanding }]>('standingTold');
