import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { down as run } from '../up/down.ts';
import { define } from './define.ts';

/** `landfall down`: the end of everything that `landfall up` started, proxy and registry too. */
export function down(program: Command, context: CommandContext): void {
  define(
    program,
    'down',
    'stop everything that `landfall up` started on this machine, the proxy included: services go offline',
  )
    .option('--data-dir <folder>', 'the data folder of `landfall up`')
    .action(async (options: { readonly dataDir?: string }) => {
      await run(context, options);
    });
}
