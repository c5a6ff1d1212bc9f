import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { LOCK_DURATIONS, lockDuration } from '../../contracts/core/duration.ts';
import type { EnvironmentNow } from '../../contracts/http/people.ts';
import { findAccess } from '../access.ts';
import { endMaintenance, startMaintenance } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { CommandContext } from '../context.ts';
import { printResult } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { plainText } from '../show/plain.ts';
import { define, environmentArguments } from './define.ts';

interface OnOptions {
  readonly reason: string;
  readonly for?: string;
}

/** `landfall maintenance on|off PROJECT.SERVICE.ENVIRONMENT`: visitors get a page in place of the service. */
export function maintenance(program: Command, context: CommandContext): void {
  const group = program
    .command('maintenance')
    .description('answer visitors with a page while people work on a service');

  environmentArguments(define(group, 'on', 'show the page; deployments go on behind it'))
    .option('--reason <text>', 'shown to visitors', '')
    .option('--for <duration>', 'such as 2h, at most 30d (default: until it is switched off)', pageTime)
    .action(async (key: ServiceKey, environment: string, { reason, for: time }: OnOptions) => {
      const http = createHttp(await findAccess(context), context.signal);
      const asked = { reason, ...(time !== undefined && { for: time }) };
      const now = await startMaintenance(http, { ...key, environment }, asked);
      const until = now.maintenance?.until ? `until ${now.maintenance.until}` : 'until it is switched off';
      report(context, now, `${key.project}/${key.service} ${environment} shows a maintenance page ${until}.`);
    });

  environmentArguments(define(group, 'off', 'let the service answer again')).action(
    async (key: ServiceKey, environment: string) => {
      const http = createHttp(await findAccess(context), context.signal);
      const now = await endMaintenance(http, { ...key, environment });
      report(context, now, `${key.project}/${key.service} ${environment} answers its visitors again.`);
    },
  );
}

/** Places that have not heard of it are no success yet. */
function report(context: CommandContext, now: EnvironmentNow, done: string): void {
  const { unpaged = [] } = now;
  if (unpaged.length > 0) context.exitCode = ExitCode.error;
  printResult(
    context,
    now,
    [done, ...unpaged.map(({ place, why }) => `  not at ${plainText(place)} yet: ${plainText(why)}`)].join('\n'),
  );
}

function pageTime(text: string): string {
  if (lockDuration(text) !== undefined) return text;
  throw new InvalidArgumentError(`Use ${LOCK_DURATIONS}.`);
}
