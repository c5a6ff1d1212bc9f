import type { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { Secret } from '../../contracts/core/secret.ts';
import { VARIABLE_NAME, whyNotSetting } from '../../contracts/config/variables.ts';
import { findAccess } from '../access.ts';
import { CliError, errorText } from '../cli-error.ts';
import { createHttp } from '../client/http.ts';
import { rotateSecrets, setVariables, unsetVariables, variables } from '../client/variables.ts';
import type { CommandContext } from '../context.ts';
import { printResult } from '../context.ts';
import { readHiddenLine } from '../read-hidden.ts';
import { showChange, variableTable } from '../show/variables.ts';
import { define, environmentArguments, variableName } from './define.ts';

interface SetOptions {
  readonly fromFile?: string;
  readonly deploy: boolean;
}

/** `landfall secret set|list|unset|rotate`: values that are stored encrypted and never shown again. */
export function secret(program: Command, context: CommandContext): void {
  const group = program.command('secret').description('secrets of an environment: written, never read back');
  const http = async () => createHttp(await findAccess(context), context.signal);

  environmentArguments(define(group, 'list', 'show which secrets an environment has; never their values')).action(
    async (key: ServiceKey, environment: string) => {
      const view = await variables(await http(), { ...key, environment });
      const shown = { ...view, variables: view.variables.filter(({ kind }) => kind === 'secret') };
      printResult(context, shown, variableTable(context, view, 'secret'));
    },
  );

  environmentArguments(define(group, 'set', 'set a secret; the value comes from a prompt or standard input'))
    // The name is checked in the action: commander repeats a refused argument on the terminal, and it may hold the
    // value.
    .argument('<name>', 'such as DATABASE_URL')
    .option('--from-file <path>', 'read the value from this file, as it is')
    .option('--no-deploy', 'keep it for the next deployment')
    .addHelpText('after', '\nA line end at the end of standard input is not part of the value.')
    .action(async (key: ServiceKey, environment: string, name: string, { fromFile, deploy }: SetOptions) => {
      refuseValue(name);
      const value = await readValue(context, name, fromFile);
      const wrong = whyNotSetting({ name, kind: 'secret', value });
      if (wrong !== undefined) throw new CliError(`Set secret ${name}`, 'it cannot be taken', wrong);
      const wanted = { kind: 'secret', values: { [name]: value.reveal() }, deploy } as const;
      showChange(context, await setVariables(await http(), { ...key, environment }, wanted), 'set');
    });

  environmentArguments(define(group, 'unset', 'unset secrets'))
    .argument('<name...>', 'such as DATABASE_URL', variableName)
    .option('--no-deploy', 'keep it for the next deployment')
    .action(async (key: ServiceKey, environment: string, names: string[], { deploy }: { deploy: boolean }) => {
      showChange(context, await unsetVariables(await http(), { ...key, environment }, { names, deploy }), 'unset');
    });

  define(group, 'rotate', 'seal every secret of this Landfall with its newest key').action(async () => {
    const rotated = await rotateSecrets(await http());
    const { key, resealed } = rotated;
    printResult(
      context,
      rotated,
      `${String(resealed)} sealed again with key ${key}. The older keys are no longer needed.`,
    );
  });
}

/** Every account that may list processes sees arguments, and the shell keeps them. */
function refuseValue(name: string): void {
  if (VARIABLE_NAME.test(name)) return;
  throw new CliError(
    'Set a secret',
    name.includes('=')
      ? 'the value is on the command line, where other users can see it'
      : 'that is not the name of a variable',
    'Give the name only, such as DATABASE_URL, and the value by standard input or --from-file. If it was a real value, replace it.',
  );
}

async function readValue(context: CommandContext, name: string, file: string | undefined): Promise<Secret> {
  if (file !== undefined) {
    const bytes = await readFile(resolve(context.cwd, file)).catch((error: unknown) => {
      throw new CliError(`Read the value from ${file}`, errorText(error), 'Name the file that holds the value.', {
        cause: error,
      });
    });
    return new Secret(utf8(bytes));
  }
  if (context.stdin.isTTY === true) return new Secret(await readHiddenLine(context, `Value of ${name}`));
  return new Secret(utf8(await buffer(context.stdin)).replace(/\r?\n$/, ''));
}

/** Bytes that are no UTF-8 would be replaced, and the secret be another one. A byte order mark is a part of the value. */
function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CliError(
      'Read the value',
      'it holds bytes that are not UTF-8, which no environment variable carries safely',
      'Encode binary values, in base64 for example, and decode them in the service.',
    );
  }
}
