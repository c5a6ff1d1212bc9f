import type { Command } from 'commander';
import { findAccess } from '../access.ts';
import { cancel as ask } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { CommandContext } from '../context.ts';
import { printResult } from '../context.ts';
import { define, workSelector } from './define.ts';

/** `landfall cancel ID`: asks a release or deployment to end; what was touched is put back. */
export function cancel(program: Command, context: CommandContext): void {
  define(program, 'cancel', 'cancel a release or a deployment; what it touched is put back')
    .argument('<id>', 'such as shop.web.42 (release) or shop.web.production.42 (deployment)', cancellable)
    .option('--reason <text>', 'kept in the history', 'cancelled on request')
    .action(async (id: Cancellable, { reason }: { reason: string }) => {
      const http = createHttp(await findAccess(context), context.signal);
      const { id: name } = await ask(http, id.kind, id.id, reason);
      const said = `${name} is being cancelled. Follow it with: landfall logs ${name} -f`;
      printResult(context, { id: name, cancelling: true }, said);
    });
}

interface Cancellable {
  readonly id: string;
  readonly kind: 'release' | 'deployment';
}

/** A build, a number or a commit stands for its release. */
function cancellable(text: string): Cancellable {
  const { id, kind } = workSelector(text);
  return { id, kind: kind === 'deployment' ? 'deployment' : 'release' };
}
