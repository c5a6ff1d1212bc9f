import { Option, type Command } from 'commander';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import { worker as run } from '../worker/worker.ts';
import { define, placeName } from './define.ts';

/** `landfall worker --host NAME` or `--cluster NAME`: serves one place until Ctrl-C. */
export function worker(program: Command, context: CommandContext): void {
  define(program, 'worker', 'serve this machine as one of the hosts of a Landfall elsewhere, or a cluster')
    .option('--host <name>', "this machine's name in LANDFALL_HOSTS_FILE", placeName)
    .addOption(
      new Option('--cluster <name>', "the cluster's name in LANDFALL_CLUSTERS_FILE")
        .argParser(placeName)
        .conflicts('host'),
    )
    .addHelpText('after', ENVIRONMENT)
    .action(async ({ host, cluster }: { readonly host?: string; readonly cluster?: string }) => {
      if (cluster !== undefined) return run(context, { kind: 'cluster', name: cluster });
      if (host !== undefined) return run(context, { kind: 'host', name: host });
      throw new CliError(
        'Serve a place',
        'neither a host nor a cluster is named',
        'Use --host NAME on the machine itself, or --cluster NAME.',
      );
    });
}

const ENVIRONMENT = `
Environment:
  LANDFALL_HOSTS_FILE                            with --host; hosts as JSON, the same file on every machine
  LANDFALL_CLUSTERS_FILE                         with --cluster; clusters as JSON
  LANDFALL_URL, LANDFALL_HOST_TOKEN              required; where logs go, and a token of its LANDFALL_HOST_TOKENS_FILE
  LANDFALL_REGISTRY                              required
  LANDFALL_TAKE_HOST                             for one start: take the name from whoever has it (NAME, cluster/NAME)
  TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE           default 127.0.0.1:7233, default
  GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY[_FILE]   required where images are built`;
