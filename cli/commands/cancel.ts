import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { findAccess } from '../access.ts';
import { cancel as ask } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { Context } from '../context.ts';
import { result } from '../context.ts';
import { anyId, define } from './define.ts';

/** `landfall cancel ID`: asks a release or deployment to end; what was touched is put back. */
export function cancel(program: Command, context: Context): void {
  define(program, 'cancel', 'cancel a release or a deployment; what it touched is put back')
    .argument('<id>', 'such as shop.web.42 (release) or shop.web.production.42 (deployment)', cancellable)
    .option('--reason <text>', 'kept in the history', 'cancelled on request')
    .action(async (id: Cancellable, { reason }: { reason: string }) => {
      const http = createHttp(await findAccess(context), context.signal);
      await ask(http, id.kind, id.id, reason);
      result(
        context,
        { id: id.id, cancelling: true },
        `${id.id} is being cancelled. Follow it with: landfall logs ${id.id} -f`,
      );
    });
}

interface Cancellable {
  readonly id: string;
  readonly kind: 'release' | 'deployment';
}

function cancellable(text: string): Cancellable {
  const { id, kind } = anyId(text);
  if (kind !== 'build') return { id, kind };
  throw new InvalidArgumentError('This is a build: cancel its release, whose id is without the last number.');
}
