import type { Command } from 'commander';
import type { ServiceKey } from '../../contracts/keys.ts';
import { findAccess } from '../access.ts';
import { resume as ask } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { Context } from '../context.ts';
import { result } from '../context.ts';
import { define, ofEnvironment } from './define.ts';

/** `landfall resume PROJECT/SERVICE ENVIRONMENT`: ends a pause, and the hold after a rollback by hand. */
export function resume(program: Command, context: Context): void {
  ofEnvironment(define(program, 'resume', 'end a pause, and the hold after a rollback by hand')).action(
    async (key: ServiceKey, environment: string) => {
      const http = createHttp(await findAccess(context), context.signal);
      const now = await ask(http, { ...key, environment });
      result(context, now, `${key.project}/${key.service} ${environment} takes deployments again.`);
    },
  );
}
