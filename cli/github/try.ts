/** `landfall github try`: what is tried, chosen or given, and what is shown of it. */
import { isRefName, REPOSITORY } from '../../contracts/core/names.ts';
import { TRIAL_ENVIRONMENT, type TrialChoice, type TrialStep } from '../../contracts/github/app-preflight.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import { progress, printResult } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { isEnvironment } from './names.ts';
import { createQuestions } from './questions.ts';
import { showStep } from './show-step.ts';
import { hasFailed, runTrial } from './trial-process.ts';

export interface TryOptions {
  readonly repository?: string | undefined;
  readonly ref?: string | undefined;
  readonly environment?: string | undefined;
  readonly allPermissions?: true | undefined;
  readonly interactive?: true | undefined;
}

/** Tries what the options name. Sets the exit code; a step that fails is a result, not an error. */
export async function tryGitHub(context: CommandContext, options: TryOptions): Promise<void> {
  const chosen = options.interactive ? await ask(context, options) : options;
  if (!chosen) return;
  const { repository, ref, environment = TRIAL_ENVIRONMENT } = chosen;
  if (repository === undefined) {
    throw new CliError(
      'Try the GitHub App',
      'no repository was named',
      'Name one with --repository OWNER/NAME, or choose with --interactive.',
    );
  }
  const args = [
    ...['try', `--repository=${repository}`, `--environment=${environment}`],
    ...(ref === undefined ? [] : [`--ref=${ref}`]),
    ...(options.allPermissions ? ['--all-permissions'] : []),
  ];
  const show = (step: TrialStep) => context.json || context.stdout.write(`${showStep(context, step)}\n`);
  const { steps } = await runTrial(context, args, show);
  finish(context, { repository, ref, environment }, steps);
}

function finish(
  context: CommandContext,
  { repository, ref, environment }: TryOptions,
  steps: readonly TrialStep[],
): void {
  const ok = !hasFailed(steps);
  if (!ok) context.exitCode = ExitCode.error;
  const told = `\nGitHub accepts this App for ${repository ?? ''}. Nothing was deployed.${inPart(steps)}`;
  const document = { ok, repository: repository ?? null, ref: ref ?? null, environment: environment ?? null, steps };
  printResult(context, document, ok ? told : '');
}

/** Repeats the warnings at the end: a person who reads only the end must not take a part for everything. */
function inPart(steps: readonly TrialStep[]): string {
  const lacking = steps.flatMap((step) => step.lacking ?? []);
  if (lacking.length === 0) return '';
  const lines = lacking.map(({ permission, without }) => `\n- without ${permission}, ${without}`);
  return `\nA part of Landfall will not work; that is an error with --all-permissions only:${lines.join('')}`;
}

/**
 * Lets the person choose what is not given. @returns `undefined` after a report that there was nothing to choose from
 */
async function ask(context: CommandContext, given: TryOptions): Promise<TryOptions | undefined> {
  const { stdin: input, stderr: output, signal } = context;
  const questions = createQuestions({ input, output, signal });

  /** `undefined` after the report of a failed step. */
  async function look(verb: string, ...args: readonly string[]): Promise<readonly TrialChoice[] | undefined> {
    progress(context, `Looking for ${verb} …`);
    // Steps that go well are shown when it is tried.
    const show = (step: TrialStep) => {
      if (step.state === 'failed' && !context.json) context.stdout.write(`${showStep(context, step)}\n`);
    };
    const { steps, choices } = await runTrial(context, [verb, ...args], show);
    if (!hasFailed(steps)) return choices;
    finish(context, given, steps);
    return undefined;
  }

  try {
    let { repository, ref, environment } = given;
    if (repository === undefined) {
      const choices = await look('repositories');
      if (!choices) return undefined;
      const isOther = (answer: string) => REPOSITORY.test(answer);
      repository = await questions.choose({ text: 'Which repository?', choices, other: 'OWNER/NAME', isOther });
    }
    const where = `--repository=${repository}`;
    if (ref === undefined) {
      const choices = await look('commits', where);
      if (!choices) return undefined;
      const other = 'a branch, tag or commit';
      ref = await questions.choose({ text: `Which commit of ${repository}?`, choices, other, isOther: isRefName });
    }
    if (environment === undefined) {
      const choices = await look('environments', where);
      if (!choices) return undefined;
      environment = await questions.choose({
        text: 'Which environment?',
        choices,
        other: 'a name',
        isOther: isEnvironment,
      });
    }
    progress(context, '');
    return { repository, ref, environment };
  } finally {
    questions.close();
  }
}
