import type { Command } from 'commander';
import { Option } from 'commander';
import type { CommandContext } from '../context.ts';
import { install as run, type InstallOptions } from '../install/install.ts';
import { define } from './define.ts';
import { portNumber } from './port-number.ts';

/** `landfall install --system`: Landfall as a service of systemd. */
export function install(program: Command, context: CommandContext): void {
  const port = (flag: string, description: string) => new Option(`${flag} <port>`, description).argParser(portNumber);
  define(program, 'install', 'make Landfall a service of systemd on this machine, started after boot')
    .option('--system', 'for the whole machine; needs root')
    .option('--dry-run', 'print the unit and name the files, and change nothing')
    .option('--data-dir <folder>', 'the folder for all data (default: /var/lib/landfall)')
    .option('--env-file <file>', 'settings, NAME=value a line (default: the environment, and what is installed)')
    .addOption(port('--temporal-port', 'the port of Temporal (default: 7233, or that of the unit)'))
    .addOption(port('--temporal-ui-port', "the port of Temporal's pages (default: 8233, or that of the unit)"))
    .addOption(port('--registry-port', 'the port of the registry (default: 5000, or that of the unit)'))
    .addHelpText(
      'after',
      '\nSettings are those of `landfall up`. At a terminal it asks for what is missing. Secrets are copied to files of root that\nsystemd hands to the service. The same command again changes nothing.',
    )
    .action(async (options: InstallOptions) => {
      await run(context, options);
    });
}
