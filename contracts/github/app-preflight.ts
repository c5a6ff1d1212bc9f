/** What trying a GitHub App out says, line by line: workers/try-github.ts prints it, the command line shows it. */
import { z } from 'zod';

/** The environment that a trial's deployment names unless it is told another one. */
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

/** What only a part of Landfall takes and is not granted. */
const LackingPermission = z.object({
  /** `issues: write` */
  permission: z.string(),
  /** What is missing without it. */
  without: z.string(),
});

/** What became of one step. Every step that begins is told as `running`, and once more when it has ended. */
export const TrialStep = z.object({
  step: z.enum(STEPS),
  state: z.enum(['running', 'done', 'failed']),
  /** What was found, or what is wrong. */
  detail: z.string().optional(),
  /** What to do about it. A step that is done may advise something too. */
  todo: z.string().optional(),
  /** Of the permissions, when they fail nothing. */
  lacking: z.array(LackingPermission).optional(),
});
export type TrialStep = z.infer<typeof TrialStep>;
export type TrialStepName = TrialStep['step'];

const TrialChoice = z.object({
  /** What is handed back when it is chosen. */
  value: z.string(),
  about: z.string(),
});
export type TrialChoice = z.infer<typeof TrialChoice>;

/** One line on the process's stdout. */
export const TrialLine = z.union([TrialStep, z.object({ choices: z.array(TrialChoice) })]);
export type TrialLine = z.infer<typeof TrialLine>;
