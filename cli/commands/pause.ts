import type { Command } from 'commander';
import type { ServiceKey } from '../../contracts/keys.ts';
import { findAccess } from '../access.ts';
import { pause as ask } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { Context } from '../context.ts';
import { result } from '../context.ts';
import { define, ofEnvironment } from './define.ts';

/** `landfall pause PROJECT/SERVICE ENVIRONMENT`: what runs goes on, nothing else begins. */
export function pause(program: Command, context: Context): void {
  ofEnvironment(define(program, 'pause', 'begin no more deployments in an environment; what runs goes on'))
    .requiredOption('--reason <text>', 'shown to those who wait')
    .action(async (key: ServiceKey, environment: string, { reason }: { reason: string }) => {
      const http = createHttp(await findAccess(context), context.signal);
      const now = await ask(http, { ...key, environment }, reason);
      const name = `${key.project}/${key.service} ${environment}`;
      result(context, now, `${name} is paused. End that with: landfall resume ${name}`);
    });
}
