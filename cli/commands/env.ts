import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { whyNotName } from '../../contracts/config/variables.ts';
import { findAccess } from '../access.ts';
import { createHttp } from '../client/http.ts';
import { setVariables, unsetVariables, variables } from '../client/variables.ts';
import type { CommandContext } from '../context.ts';
import { printResult } from '../context.ts';
import { showChange, variableTable } from '../show/variables.ts';
import { define, environmentArguments, variableName } from './define.ts';

/** `landfall env list|set|unset`: variables of one environment, visible to all users. */
export function env(program: Command, context: CommandContext): void {
  const group = program.command('env').description('variables of an environment (for secret values: landfall secret)');
  const http = async () => createHttp(await findAccess(context), context.signal);

  environmentArguments(define(group, 'list', 'show the variables of an environment')).action(
    async (key: ServiceKey, environment: string) => {
      const view = await variables(await http(), { ...key, environment });
      const shown = { ...view, variables: view.variables.filter(({ kind }) => kind === 'variable') };
      printResult(context, shown, variableTable(context, view, 'variable'));
    },
  );

  environmentArguments(define(group, 'set', 'set variables; the others stay as they are'))
    .argument('<name=value...>', 'such as LOG_LEVEL=debug', assignment)
    .option('--no-deploy', 'keep it for the next deployment')
    .option('--no-longer-secret', 'also those that are secrets until now: anyone may read them from then on')
    .action(async (key: ServiceKey, environment: string, values: Values, { deploy, longerSecret }: SetOptions) => {
      const wanted = { kind: 'variable', values, deploy, noLongerSecret: !longerSecret } as const;
      showChange(context, await setVariables(await http(), { ...key, environment }, wanted), 'set');
    });

  environmentArguments(define(group, 'unset', 'unset variables'))
    .argument('<name...>', 'such as LOG_LEVEL', variableName)
    .option('--no-deploy', 'keep it for the next deployment')
    .action(async (key: ServiceKey, environment: string, names: string[], { deploy }: { deploy: boolean }) => {
      showChange(context, await unsetVariables(await http(), { ...key, environment }, { names, deploy }), 'unset');
    });
}

/** Commander takes `--no-longer-secret` for the negation of `longerSecret`. */
interface SetOptions {
  readonly deploy: boolean;
  readonly longerSecret: boolean;
}

type Values = Readonly<Record<string, string>>;

/** `NAME=VALUE`, added to those before it. */
function assignment(text: string, before: Values = {}): Values {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Use NAME=VALUE, such as LOG_LEVEL=debug.');
  const name = text.slice(0, at);
  const wrong = whyNotName(name);
  if (wrong !== undefined) throw new InvalidArgumentError(wrong);
  return { ...before, [name]: text.slice(at + 1) };
}
