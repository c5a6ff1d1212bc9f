/** Shared by the commands: `--json`, and arguments that are checked before any request. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { NAME } from '../../contracts/core/names.ts';
import type { EnvironmentKey, ServiceKey } from '../../contracts/core/keys.ts';
import { selectorOf, undressed, type Selector } from '../../contracts/github/selector.ts';
import { DEPLOYMENT_STEPS, type DeploymentStep } from '../../contracts/deployment/steps.ts';
import { VARIABLE_NAME } from '../../contracts/config/variables.ts';
import { CliError } from '../cli-error.ts';

/** Adds a command with `--json`. */
export const define = (program: Command, usage: string, description: string): Command =>
  program.command(usage).description(description).option('--json', 'print one JSON document, on one line');

/** Accepts names as typed (`shop/web`) and as printed (`shop.web`). */
const namesIn = (text: string): readonly string[] => undressed(text.trim()).toLowerCase().split(/[./]/);

/** `PROJECT/SERVICE`. */
export function serviceKey(text: string): ServiceKey {
  const [project, service, more] = namesIn(text);
  if (
    project === undefined ||
    service === undefined ||
    more !== undefined ||
    !NAME.test(project) ||
    !NAME.test(service)
  ) {
    throw new InvalidArgumentError('Use PROJECT/SERVICE in lower-case letters, digits and dashes, such as shop/web.');
  }
  return { project, service };
}

export function environmentName(text: string): string {
  if (NAME.test(text)) return text;
  throw new InvalidArgumentError('Use lower-case letters, digits and dashes, such as production.');
}

/** A service, and perhaps its environment, in one word. */
export interface EnvironmentName extends ServiceKey {
  readonly environment?: string;
}

/** `PROJECT/SERVICE`, or with its environment in one word. */
export function environmentOrService(text: string): EnvironmentName {
  const [project, service, environment, ...more] = namesIn(text);
  if (environment === undefined) return serviceKey(text);
  const key = serviceKey(`${String(project)}/${String(service)}${more.length > 0 ? '/' : ''}`);
  return { ...key, environment: environmentName(environment) };
}

/** Adds the arguments that name an environment: `shop/web production`, or in one word `shop.web.production`. */
export const environmentArguments = (command: Command): Command =>
  command
    .argument('<project/service>', 'such as shop/web', environmentOrService)
    .argument('[environment]', 'such as production', environmentName)
    .hook('preAction', (_program, { processedArgs: given }) => {
      const [key, environment] = given as [EnvironmentName, string | undefined];
      const { environment: inside, ...service } = key;
      if (environment !== undefined && inside !== undefined && environment !== inside) {
        throw new CliError(
          'Read the arguments',
          `both ${inside} and ${environment} are named`,
          'Name one environment.',
        );
      }
      given.splice(0, 2, service, environment ?? inside ?? missingEnvironment(service));
    });

function missingEnvironment({ project, service }: ServiceKey): never {
  const todo = `Name it: ${project}/${service} production`;
  throw new CliError('Read the arguments', 'no environment is named', todo);
}

/** An environment, or a running deployment, can be paused and resumed. */
export type Pausable = { readonly environment: EnvironmentKey } | { readonly deployment: string };

/** Adds the arguments that name one of them: `PROJECT/SERVICE ENVIRONMENT`, or a deployment's id. */
export const ofPausable = (command: Command): Command =>
  command
    .argument(
      '<project/service | id>',
      'such as shop/web, or of a deployment, such as shop.web.production.42',
      pausable,
    )
    .argument('[environment]', 'such as production; none with a deployment', environmentName);

const pausable = (text: string): EnvironmentName | string => {
  const whole = selectorOf(text);
  return whole ? whole.id : environmentOrService(text);
};

/** @throws CliError for an environment too many or too few */
export function pausableOf(what: EnvironmentName | string, environment: string | undefined): Pausable {
  if (typeof what === 'string' && environment === undefined) return { deployment: what };
  if (typeof what !== 'string') {
    const name = environment ?? what.environment;
    const isOne = what.environment === undefined || what.environment === name;
    if (name !== undefined && isOne) return { environment: { ...what, environment: name } };
  }
  const [why, todo] =
    typeof what === 'string'
      ? ['a deployment is in one environment already', `Leave "${String(environment)}" out.`]
      : ['no environment is named', `Name it: ${what.project}/${what.service} production`];
  throw new CliError('Read the arguments', why, todo);
}

export function stepName(text: string): DeploymentStep {
  const step = DEPLOYMENT_STEPS.find((one) => one === text);
  if (step) return step;
  throw new InvalidArgumentError(
    `Use one of ${DEPLOYMENT_STEPS.join(', ')}: the deployment's page says which one waits.`,
  );
}

/** One name of a variable, added to those before it. */
export function variableName(text: string, before: readonly string[] = []): readonly string[] {
  if (VARIABLE_NAME.test(text)) return [...before, text];
  throw new InvalidArgumentError('Use letters, digits and underscores, such as DATABASE_URL.');
}

/** Names one deployment, release or build by any id that Landfall prints; which of them is meant the server knows. */
export const anyName = (text: string): string => workSelector(text).id;
/** Accepts the name of a waiting job of GitHub Actions as well. */
export function waitingName(text: string): string {
  const found = selectorOf(text);
  return found?.kind === 'job' ? found.id : anyName(text);
}

/** Read however it was copied: see contracts/github/selector.ts. */
export function workSelector(text: string): Selector {
  const found = selectorOf(text);
  if (found && found.kind !== 'job') return found;
  throw new InvalidArgumentError(
    'Use an id as `landfall status` and `landfall deploy` print it, such as shop.web.production.42, or a commit.',
  );
}

export function placeName(text: string): string {
  if (NAME.test(text)) return text;
  throw new InvalidArgumentError('Use lower-case letters, digits and dashes, such as web-1.');
}
