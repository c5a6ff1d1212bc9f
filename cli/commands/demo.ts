import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { demo as run } from '../demo/demo.ts';
import { define } from './define.ts';

/** `landfall demo`: shows on this machine what Landfall does when all goes well, and when it does not. */
export function demo(program: Command, context: CommandContext): void {
  define(program, 'demo', 'show it: a push, a rollback, a broken build, a crash in the middle')
    .option('--once', 'take everything down after the last act')
    .action(async (options: { once?: true }) => {
      await run(context, { once: options.once === true });
    });
}
