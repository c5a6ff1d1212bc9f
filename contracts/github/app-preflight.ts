/**
 * The steps of trying a GitHub App out, line by line: workers/try-github.ts prints them, the command line shows them.
 */
import { z } from 'zod';

/** The default environment of a trial's deployment. */
export const TRIAL_ENVIRONMENT = 'landfall-try';

/** In order; the last three are lists to choose from. */
const STEPS = [
  'settings',
  'key',
  'app',
  'installation',
  'permissions',
  'token',
  'commit',
  'deployment',
  'in_progress',
  'success',
  'end',
  'repositories',
  'commits',
  'environments',
] as const;

/** A permission that only a part of Landfall takes and that is not granted. */
const LackingPermission = z.object({
  /** `issues: write` */
  permission: z.string(),
  /** The features that are missing without it. */
  without: z.string(),
});

/** The report on one step. Every step is reported as `running` when it begins, and once more when it has ended. */
export const TrialStep = z.object({
  step: z.enum(STEPS),
  state: z.enum(['running', 'done', 'failed']),
  /** The finding, or the mistake. */
  detail: z.string().optional(),
  /** Advice. A step that is done may advise something too. */
  todo: z.string().optional(),
  /** The permissions that are missing, when that fails nothing. */
  lacking: z.array(LackingPermission).optional(),
});
export type TrialStep = z.infer<typeof TrialStep>;
export type TrialStepName = TrialStep['step'];

const TrialChoice = z.object({
  /** The value that is handed back when it is chosen. */
  value: z.string(),
  about: z.string(),
});
export type TrialChoice = z.infer<typeof TrialChoice>;

/** One line on the process's stdout. */
export const TrialLine = z.union([TrialStep, z.object({ choices: z.array(TrialChoice) })]);
export type TrialLine = z.infer<typeof TrialLine>;
