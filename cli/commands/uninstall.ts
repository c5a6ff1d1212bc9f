import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { uninstall as run } from '../install/uninstall.ts';
import { define } from './define.ts';

/** `landfall uninstall`: the service's end, which leaves the data. */
export function uninstall(program: Command, context: CommandContext): void {
  define(
    program,
    'uninstall',
    'stop and remove the service that `landfall install` made; data and settings stay',
  ).action(async () => {
    await run(context);
  });
}
