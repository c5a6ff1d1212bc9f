import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { SetupError } from '../../infra/setup/install.mjs';
import { setUp, setUpPlan } from '../../infra/setup/set-up.mjs';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import { printResult, progress } from '../context.ts';
import { define } from './define.ts';

const ATTEMPT = 'Set this machine up';

type For = 'up' | 'demo';

/** `landfall setup`: installs what `landfall up` needs and this machine lacks, on Debian and Ubuntu. */
export function setup(program: Command, context: CommandContext): void {
  define(program, 'setup', 'install what `landfall up` needs on this machine (Debian and Ubuntu)')
    .option('--demo', 'what `landfall demo` needs, too')
    .option('--yes', 'install without asking')
    .option('--dry-run', 'say what would be installed, and install nothing')
    .action(async (options: { demo?: true; yes?: true; dryRun?: true }) => {
      const command: For = options.demo === true ? 'demo' : 'up';
      const ready = `Everything that \`landfall ${command}\` needs is here.`;
      const { install, impossible } = setUpPlan(command);
      if (impossible.length > 0) throw notFromHere(impossible);
      if (options.dryRun === true || install.length === 0) {
        const text = install.length === 0 ? ready : `These would be installed:\n${listed(install)}`;
        printResult(context, { installed: [], wouldInstall: install }, text);
        return;
      }
      if (options.yes !== true) await confirm(context, install);
      await carryOut(command);
      printResult(context, { installed: install }, `${ready} \`landfall doctor\` checks it.`);
    });
}

const listed = (lines: readonly string[]): string => lines.map((line) => `  - ${line}`).join('\n');

const notFromHere = (lacking: readonly string[]) =>
  new CliError(
    ATTEMPT,
    `it lacks what cannot be installed by this account:\n${listed(lacking)}`,
    'Install that, then run `landfall setup` again. On Debian and Ubuntu it installs packages itself as root, or with a sudo that asks for no password.',
  );

/** @throws CliError unless a person at the terminal says yes; Ctrl-C and Ctrl-D say no. */
async function confirm(context: CommandContext, install: readonly string[]): Promise<void> {
  progress(context, `These will be installed:\n${listed(install)}`);
  if (context.stdin.isTTY !== true) {
    throw new CliError(ATTEMPT, 'there is no terminal to ask at', 'Add --yes to install without a question.');
  }
  const answer = await ask(context, 'Go on? [y/N] ');
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliError(ATTEMPT, 'the answer was no', 'Nothing was installed.');
}

/** @returns '' for a terminal that is left without an answer */
async function ask({ stdin, stderr, signal }: CommandContext, question: string): Promise<string> {
  const terminal = createInterface({ input: stdin, output: stderr });
  const left = new AbortController();
  // At a question readline sees Ctrl-C before the process does, and a question that is closed never settles.
  terminal.once('SIGINT', () => left.abort()).once('close', () => left.abort());
  try {
    return await terminal.question(question, { signal: AbortSignal.any([signal, left.signal]) });
  } catch (error) {
    if (!left.signal.aborted) throw error;
    stderr.write('\n');
    return '';
  } finally {
    terminal.close();
  }
}

/** @throws CliError with what the failed step printed. */
async function carryOut(command: For): Promise<void> {
  try {
    await setUp(command, 'landfall setup');
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    const todo = 'Run `landfall setup` again: what is installed stays.';
    throw new CliError(ATTEMPT, error.message, todo, { cause: error });
  }
}
