import type { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceView } from '../../contracts/http/api.ts';
import { presentName } from '../../contracts/http/present-name.ts';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { findAccess } from '../access.ts';
import { askLine } from '../ask-line.ts';
import { CliError } from '../cli-error.ts';
import { destroyEnvironment, destroyService, environmentStatus, fetchServices } from '../client/endpoints.ts';
import { createHttp, type Http } from '../client/http.ts';
import type { CommandContext } from '../context.ts';
import { printResult, progress } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { plainText } from '../show/plain.ts';
import { define, environmentName, environmentOrService, type EnvironmentName } from './define.ts';

interface Options {
  readonly confirm?: string;
  readonly wait?: true;
}

/** Between two looks at what is left. */
const LOOK_AGAIN_MS = 1_000;

/** `landfall destroy PROJECT/SERVICE [ENVIRONMENT]`: takes everything of an environment, or of all of a service, away. */
export function destroy(program: Command, context: CommandContext): void {
  define(program, 'destroy', 'take an environment away: what runs, its route, images, variables and secrets')
    .argument('<project/service>', 'such as shop/web', environmentOrService)
    .argument('[environment]', 'such as staging (default: all environments of the service)', environmentName)
    .option('--confirm <name>', 'its name, such as shop.web.staging; otherwise you are asked for it')
    .option('--wait', 'until it is over')
    .action(async (named: EnvironmentName, given: string | undefined, options: Options) => {
      const { environment = given, ...key } = named;
      if (given !== undefined && environment !== given) {
        throw new CliError(
          'Read the arguments',
          `both ${String(environment)} and ${given} are named`,
          'Name one environment.',
        );
      }
      const name = [key.project, key.service, ...(environment === undefined ? [] : [environment])].join('.');
      const http = createHttp(await findAccess(context), context.signal);
      const confirm = options.confirm ?? (await askForName(context, name));
      const document =
        environment === undefined
          ? await destroyService(http, key, confirm)
          : await destroyEnvironment(http, { ...key, environment }, confirm);
      if (options.wait === true) {
        const stays = await untilOver(context, http, key, environment);
        if (stays.length > 0) context.exitCode = ExitCode.error;
        const all = stays.map((one) => `${key.project}/${key.service} ${one}`);
        const said = `It is over, and listed all the same: ${all.join(', ')}. It was begun anew, or something is left: \`landfall queue\` says which.`;
        printResult(context, { ...document, stays }, stays.length === 0 ? `${name} is gone.` : said);
        return;
      }
      const follow =
        environment === undefined ? 'landfall status' : `landfall queue ${key.project}/${key.service} ${environment}`;
      printResult(context, document, `${name} is being destroyed. Follow it with: ${follow}`);
    });
}

/** @throws CliError where there is no terminal to ask at */
async function askForName(context: CommandContext, name: string): Promise<string> {
  if (context.stdin.isTTY === true) {
    progress(context, 'What runs there is stopped, and its images, variables and secrets go. It cannot be undone.');
    return askLine(context, `Type ${name} to destroy it: `);
  }
  throw new CliError(context.wanted, 'it cannot be undone, and its name was not confirmed', `Add --confirm ${name}`);
}

/** Says what is left while it waits. @returns environments that are listed though it is over: begun anew, or not wholly gone */
async function untilOver(
  context: CommandContext,
  http: Http,
  key: ServiceKey,
  environment: string | undefined,
): Promise<readonly string[]> {
  for (let before = ''; ;) {
    const found = (await fetchServices(http)).find((one) => isCalled(one, key));
    const meant = [...(found?.environments ?? []), ...(found?.previews ?? [])].filter(
      (one) => environment === undefined || one.environment === environment,
    );
    const states = await Promise.all(
      meant.map((one) => environmentStatus(http, { ...key, environment: one.environment })),
    );
    const left = states.filter(({ answered, now }) => !answered || now?.destruction !== undefined);
    if (left.length === 0) return states.map((one) => one.environment);
    const text = left.map(({ environment: name, now }) => `${name}${waitsFor(now?.destruction?.places)}`).join(', ');
    if (text !== before) progress(context, `still there: ${plainText(text)}`);
    before = text;
    await sleep(LOOK_AGAIN_MS, undefined, { signal: context.signal });
  }
}

const isCalled = (one: ServiceView, { project, service }: ServiceKey): boolean =>
  [one, presentName(one)].some((name) => name.project === project && name.service === service);

const waitsFor = (places: readonly { readonly place: string }[] = []): string =>
  places.length === 0 ? '' : ` (waits for ${places.map(({ place }) => place).join(', ')})`;
