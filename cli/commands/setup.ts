import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { SetupError } from '../../infra/setup/install.mjs';
import { setUp, setUpPlan } from '../../infra/setup/set-up.mjs';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import { printResult, progress } from '../context.ts';
import { define } from './define.ts';

const ATTEMPT = 'Set this machine up';
const READY = 'Everything that `landfall up` needs is here.';

/** `landfall setup`: installs what `landfall up` needs and this machine lacks, on Debian and Ubuntu. */
export function setup(program: Command, context: CommandContext): void {
  define(program, 'setup', 'install what `landfall up` needs on this machine (Debian and Ubuntu)')
    .option('--yes', 'install without asking')
    .option('--dry-run', 'say what would be installed, and install nothing')
    .action(async (options: { yes?: true; dryRun?: true }) => {
      const { install, impossible } = setUpPlan('up');
      if (impossible.length > 0) throw notFromHere(impossible);
      if (options.dryRun === true || install.length === 0) {
        const text = install.length === 0 ? READY : `These would be installed:\n${listed(install)}`;
        printResult(context, { installed: [], wouldInstall: install }, text);
        return;
      }
      if (options.yes !== true) await confirm(context, install);
      await carryOut();
      printResult(context, { installed: install }, `${READY} \`landfall doctor\` checks it.`);
    });
}

const listed = (lines: readonly string[]): string => lines.map((line) => `  - ${line}`).join('\n');

const notFromHere = (lacking: readonly string[]) =>
  new CliError(
    ATTEMPT,
    `it lacks what cannot be installed by this account:\n${listed(lacking)}`,
    'Install that, then run `landfall setup` again. As root, or with sudo that asks for no password, it installs Debian packages itself.',
  );

/** @throws CliError unless a person at the terminal says yes. */
async function confirm(context: CommandContext, install: readonly string[]): Promise<void> {
  progress(context, `These will be installed:\n${listed(install)}`);
  if (context.stdin.isTTY !== true) {
    throw new CliError(ATTEMPT, 'there is no terminal to ask at', 'Add --yes to install without a question.');
  }
  const terminal = createInterface({ input: context.stdin, output: context.stderr });
  try {
    const answer = await terminal.question('Go on? [y/N] ', { signal: context.signal });
    if (!/^y(es)?$/i.test(answer.trim())) throw new CliError(ATTEMPT, 'the answer was no', 'Nothing was installed.');
  } finally {
    terminal.close();
  }
}

/** @throws CliError with what the failed step printed. */
async function carryOut(): Promise<void> {
  try {
    await setUp('up', 'landfall setup');
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    const todo = 'Run `landfall setup` again: what is installed stays.';
    throw new CliError(ATTEMPT, error.message, todo, { cause: error });
  }
}
