import type { Command } from 'commander';
import { protectedRunOf } from '../../contracts/github/protection.ts';
import { findAccess } from '../access.ts';
import { decide } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { CommandContext } from '../context.ts';
import { printResult } from '../context.ts';
import { define, waitingName } from './define.ts';

/** `landfall approve ID`: says yes to a deployment that waits for approval. */
export function approve(program: Command, context: CommandContext): void {
  define(program, 'approve', 'let a deployment that waits for approval go on')
    .argument(
      '<id>',
      'the id of the deployment or its release, such as shop.web.42, or of the job on GitHub Actions',
      waitingName,
    )
    .option('--note <text>', 'kept with the decision', '')
    .action(async (id: string, { note }: { note: string }) => {
      const http = createHttp(await findAccess(context), context.signal);
      const gate = await decide(http, 'approve', id, note);
      const name = gate.deploymentId;
      const so = `${String(gate.decisions.length)} of ${String(gate.needed)} approvals`;
      const follow = protectedRunOf(name) ? '' : ` Follow it with: landfall logs ${name} -f`;
      const goesOn = `${name} is approved and goes on.${follow}`;
      printResult(context, gate, gate.state === 'waiting' ? `${name} has ${so}: it waits for more.` : goesOn);
    });
}
