/** What the commands share: `--json`, and arguments that are checked before anything is asked. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { NAME } from '../../contracts/core/names.ts';
import type { EnvironmentKey, ServiceKey } from '../../contracts/core/keys.ts';
import { selectorOf } from '../../contracts/github/selector.ts';
import { DEPLOYMENT_STEPS, type DeploymentStep } from '../../contracts/deployment/steps.ts';
import { VARIABLE_NAME } from '../../contracts/config/variables.ts';
import { CliError } from '../cli-error.ts';

/** Adds a command with `--json`. */
export const define = (program: Command, usage: string, description: string): Command =>
  program.command(usage).description(description).option('--json', 'print one JSON document, on one line');

/** `PROJECT/SERVICE`. */
export function serviceKey(text: string): ServiceKey {
  const [project, service, more] = text.split('/');
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

/** Adds the two arguments that name an environment. */
export const ofEnvironment = (command: Command): Command =>
  command
    .argument('<project/service>', 'such as shop/web', serviceKey)
    .argument('<environment>', 'such as production', environmentName);

/** What can be paused and resumed: an environment, or a deployment that runs. */
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

const pausable = (text: string): ServiceKey | string => (text.includes('/') ? serviceKey(text) : deploymentId(text));

/** @throws CliError for an environment too many or too few */
export function pausableOf(what: ServiceKey | string, environment: string | undefined): Pausable {
  if (typeof what === 'string' && environment === undefined) return { deployment: what };
  if (typeof what !== 'string' && environment !== undefined) return { environment: { ...what, environment } };
  const [why, todo] =
    typeof what === 'string'
      ? ['a deployment is in one environment already', `Leave "${String(environment)}" out.`]
      : ['it is not said which environment', `Name it: ${what.project}/${what.service} production`];
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

/** `shop.web.production.42` */
export const deploymentId = (text: string): string => idOf(text, 'deployment', 'shop.web.production.42');
/** `shop.web.production.42`, or what a job of GitHub Actions is named by while it waits. */
export function waitingId(text: string): string {
  const found = selectorOf(text);
  return found?.kind === 'job' ? found.id : deploymentId(text);
}
/** `shop.web.42` */
export const releaseId = (text: string): string => idOf(text, 'release', 'shop.web.42');

function idOf(text: string, wanted: IdKind, example: string): string {
  const { id, kind } = anyId(text);
  if (kind === wanted) return id;
  throw new InvalidArgumentError(`This is the id of a ${kind}. Use that of a ${wanted}, such as ${example}.`);
}

export function hostName(text: string): string {
  if (NAME.test(text)) return text;
  throw new InvalidArgumentError('Use lower-case letters, digits and dashes, such as web-1.');
}

/** What an id names: `shop.web.42` a release (and its build), `shop.web.42.2` a repeated build, `shop.web.production.42` a deployment. */
export type IdKind = 'release' | 'build' | 'deployment';

export interface Id {
  readonly id: string;
  readonly kind: IdKind;
}

/** Read however it was copied: see contracts/github/selector.ts. */
export function anyId(text: string): Id {
  const { id, kind } = selectorOf(text) ?? {};
  if (id !== undefined && (kind === 'release' || kind === 'build' || kind === 'deployment')) return { id, kind };
  throw badId();
}

const badId = () =>
  new InvalidArgumentError(
    'Use an id as `landfall status` and `landfall deploy` print it, such as shop.web.production.42.',
  );
