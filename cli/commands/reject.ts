import type { Command } from 'commander';
import { findAccess } from '../access.ts';
import { decide } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { CommandContext } from '../context.ts';
import { printResult } from '../context.ts';
import { define, waitingName } from './define.ts';

/** `landfall reject ID`: says no to a deployment that waits for approval. */
export function reject(program: Command, context: CommandContext): void {
  define(program, 'reject', 'end a deployment that waits for approval')
    .argument(
      '<id>',
      'the id of the deployment or its release, such as shop.web.42, or of the job on GitHub Actions',
      waitingName,
    )
    .requiredOption('--reason <text>', 'kept with the decision')
    .action(async (id: string, { reason }: { reason: string }) => {
      const http = createHttp(await findAccess(context), context.signal);
      printResult(context, await decide(http, 'reject', id, reason), `${id} is rejected. What runs stays as it is.`);
    });
}
