/** All commands in one program, and what becomes of what they throw. */
import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { firstPart } from '../contracts/core/text.ts';
import { CliError } from './cli-error.ts';
import { approve } from './commands/approve.ts';
import { cancel } from './commands/cancel.ts';
import { demo } from './commands/demo.ts';
import { deploy } from './commands/deploy.ts';
import { destroy } from './commands/destroy.ts';
import { doctor } from './commands/doctor.ts';
import { down } from './commands/down.ts';
import { env } from './commands/env.ts';
import { github } from './commands/github.ts';
import { history } from './commands/history.ts';
import { install } from './commands/install.ts';
import { lock } from './commands/lock.ts';
import { maintenance } from './commands/maintenance.ts';
import { login } from './commands/login.ts';
import { logs } from './commands/logs.ts';
import { pause } from './commands/pause.ts';
import { promote } from './commands/promote.ts';
import { queue } from './commands/queue.ts';
import { reject } from './commands/reject.ts';
import { resume } from './commands/resume.ts';
import { retry } from './commands/retry.ts';
import { rollback } from './commands/rollback.ts';
import { secret } from './commands/secret.ts';
import { serveAlone } from './commands/serve.ts';
import { service } from './commands/service.ts';
import { setup } from './commands/setup.ts';
import { status } from './commands/status.ts';
import { step } from './commands/step.ts';
import { uninstall } from './commands/uninstall.ts';
import { unlock } from './commands/unlock.ts';
import { up } from './commands/up.ts';
import { upgrade } from './commands/upgrade.ts';
import { validate } from './commands/validate.ts';
import { worker } from './commands/worker.ts';
import type { CommandContext } from './context.ts';
import { paint, progress, printResult } from './context.ts';
import { EXIT_CODES_HELP, ExitCode } from './exit-codes.ts';
import { plainLines, plainText } from './show/plain.ts';

/** 128 + SIGINT: what a shell expects of a command that was interrupted. */
const INTERRUPTED = 130;

const COMMANDS = [
  setup,
  up,
  down,
  upgrade,
  install,
  uninstall,
  serveAlone,
  worker,
  demo,
  doctor,
  status,
  history,
  deploy,
  logs,
  cancel,
  retry,
  approve,
  reject,
  promote,
  rollback,
  queue,
  lock,
  unlock,
  maintenance,
  destroy,
  pause,
  resume,
  step,
  validate,
  env,
  secret,
  service,
  login,
  github,
] as const;

/**
 * Runs one command line. Never throws.
 *
 * @returns the exit code.
 */
export async function runCommandLine(argv: readonly string[], context: CommandContext): Promise<number> {
  try {
    await createProgram(context).parseAsync(argv, { from: 'user' });
  } catch (error) {
    return failed(context, error, argv);
  }
  return context.exitCode;
}

/** Every command with its arguments, as it is parsed and described. */
export function createProgram(context: CommandContext): Command {
  const program = new Command('landfall')
    .description('Durable deployments from GitHub: a push lands, or what ran before is running again.')
    .version(packageJson.version)
    .showHelpAfterError('(see --help)')
    .addHelpText('after', EXIT_CODES_HELP)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .hook('preAction', (_program, command) => {
      context.json = command.opts<{ json?: true }>().json === true;
      context.wanted = wantedOf(command);
    });
  for (const command of COMMANDS) command(program, context);
  return program;
}

/** Long enough for every name; what is longer was no name. */
const MAX_WANTED = 120;

/** Its names and arguments as they were typed. `NAME=VALUE` is the name: values are not repeated. */
function wantedOf(command: Command): string {
  const words: string[] = [];
  for (let one: Command | null = command; one; one = one.parent) words.unshift(one.name());
  const given = command.args.map((word) => word.replace(/^([^=]*)=.*$/s, '$1'));
  return firstPart(plainText([...words, ...given].join(' ')), MAX_WANTED);
}

function failed(context: CommandContext, error: unknown, argv: readonly string[]): number {
  // Commander has already written its own message, or the requested help.
  if (error instanceof CommanderError) {
    if (error.exitCode !== 0 && argv.includes('--json')) printUsageError(context, error);
    return error.exitCode;
  }
  if (context.signal.aborted) return INTERRUPTED;
  if (!(error instanceof CliError)) {
    const why = error instanceof Error ? error.message : String(error);
    if (context.json)
      printResult(context, { error: { what: FAULT, why, todo: 'Please report it, with what stands on stderr.' } }, '');
    progress(
      context,
      `landfall: this is a fault in Landfall itself. Please report it with what follows.\n${stackOf(error)}`,
    );
    return ExitCode.error;
  }
  const { what, why, todo } = error;
  if (context.json) printResult(context, { error: { what, why, todo } }, '');
  progress(
    context,
    `${paint(context, 'stderr', 'red', 'error:')} ${what}\n  why:  ${plainLines(why, '        ')}\n  do:   ${plainLines(todo, '        ')}`,
  );
  return ExitCode.error;
}

/** The command line could not be read, so that `--json` in it was not, either. */
function printUsageError(context: CommandContext, { message }: CommanderError): void {
  context.json = true;
  const why = message.startsWith('error: ') ? message.slice('error: '.length) : 'no command is named';
  const todo = '`landfall --help` lists the commands; each has its own --help.';
  printResult(context, { error: { what: 'Read the command line', why: plainText(why), todo } }, '');
}

const FAULT = 'Go on after a fault in Landfall itself';

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
