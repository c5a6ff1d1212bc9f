import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { uninstall as run, type UninstallOptions } from '../install/uninstall.ts';
import { define } from './define.ts';

/** `landfall uninstall`: the service's end, which leaves the data. */
export function uninstall(program: Command, context: CommandContext): void {
  define(program, 'uninstall', 'stop and remove the service that `landfall install` made; data and settings stay')
    .option('--all', 'also what carries traffic, the proxy and the registry: services go offline')
    .action(async (options: UninstallOptions) => {
      await run(context, options);
    });
}
