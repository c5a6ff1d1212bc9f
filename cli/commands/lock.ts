import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { USUAL_LOCK, lockDuration } from '../../contracts/core/duration.ts';
import { findAccess } from '../access.ts';
import { lock as ask } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { CommandContext } from '../context.ts';
import { printResult } from '../context.ts';
import { define, environmentArguments } from './define.ts';

/** `landfall lock PROJECT/SERVICE ENVIRONMENT`: all other people's deployments wait. */
export function lock(program: Command, context: CommandContext): void {
  environmentArguments(define(program, 'lock', "keep all deployments waiting except one's own"))
    .requiredOption('--reason <text>', 'shown to those who wait')
    .option('--for <duration>', `such as 2h, at most 30d (default: ${USUAL_LOCK})`, lockTime)
    .action(async (key: ServiceKey, environment: string, options: { reason: string; for?: string }) => {
      const http = createHttp(await findAccess(context), context.signal);
      const asked = { reason: options.reason, ...(options.for !== undefined && { for: options.for }) };
      const now = await ask(http, { ...key, environment }, asked);
      const until = now.lock?.expiresAt ? `until ${now.lock.expiresAt}` : 'until it is unlocked';
      printResult(context, now, `${key.project}/${key.service} ${environment} is locked ${until}.`);
    });
}

function lockTime(text: string): string {
  if (lockDuration(text) !== undefined) return text;
  throw new InvalidArgumentError('Use a time from 1s to 30d, such as 90m or 2h.');
}
