/** The public surface of a delivery, which only environments speak to. */
import { defineSignal } from '@temporalio/workflow';
import type { Standing } from '../../contracts/deployment/deployment.ts';

/** What an environment of the delivery's service says is live there: its answer to `askStanding`. */
export const standingTold =
  defineSignal<[{ readonly environment: string; readonly standing: Standing }]>('standingTold');
