/** The public surface of a protection, which answers GitHub for the jobs of one run and environment. */
import { defineSignal } from '@temporalio/workflow';
import type { ProtectedJob } from '../../contracts/github/protection.ts';

/** Another job of the run waits for the environment, or the same one again. Decisions arrive as at a release's gate. */
export const jobAsked = defineSignal<[ProtectedJob]>('jobAsked');
