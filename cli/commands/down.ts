import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { down as run } from '../up/down.ts';
import { define } from './define.ts';

/** `landfall down`: the end of everything that `landfall up` started, proxy and registry too. */
export function down(program: Command, context: CommandContext): void {
  define(program, 'down', 'stop what `landfall up` started on this machine, also the proxy: services are off the air')
    .option('--data-dir <folder>', 'as for `landfall up`')
    .action(async (options: { readonly dataDir?: string }) => {
      await run(context, options);
    });
}
