import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { upgrade as run, type UpgradeOptions } from '../upgrade/upgrade.ts';
import { define } from './define.ts';

/** `landfall upgrade`: the version of this program takes over from the one that runs. */
export function upgrade(program: Command, context: CommandContext): void {
  define(
    program,
    'upgrade',
    'have this version take over from the one that runs here, if it can go on with what is open',
  )
    .option('--check', 'only look whether it could, and change nothing')
    .option('--data-dir <folder>', 'the data folder of `landfall up`')
    .addHelpText(
      'after',
      '\nInstall the other version first: what runs goes on with its own code. The service is restarted, and services are served\nall the while. A `landfall up` in a terminal is left to you. The way back is the same, with the version before.',
    )
    .action(async (options: UpgradeOptions) => {
      await run(context, options);
    });
}
