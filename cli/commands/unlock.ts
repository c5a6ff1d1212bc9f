import type { Command } from 'commander';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { findAccess } from '../access.ts';
import { unlock as ask } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { CommandContext } from '../context.ts';
import { printResult } from '../context.ts';
import { define, environmentArguments } from './define.ts';

/** `landfall unlock PROJECT/SERVICE ENVIRONMENT`: what waited for the lock goes on. */
export function unlock(program: Command, context: CommandContext): void {
  environmentArguments(define(program, 'unlock', 'let deployments that wait for a lock go on'))
    .option('--force', "also when it is another person's lock")
    .action(async (key: ServiceKey, environment: string, { force }: { force?: true }) => {
      const http = createHttp(await findAccess(context), context.signal);
      const now = await ask(http, { ...key, environment }, force === true);
      printResult(context, now, `${key.project}/${key.service} ${environment} is unlocked.`);
    });
}
