import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { worker as run } from '../worker/worker.ts';
import { define, hostName } from './define.ts';

/** `landfall worker --host NAME`: serves one build or Podman host, on that host, until Ctrl-C. */
export function worker(program: Command, context: CommandContext): void {
  define(program, 'worker', 'serve this machine as one of the hosts of a Landfall elsewhere')
    .requiredOption('--host <name>', "this machine's name in LANDFALL_HOSTS_FILE", hostName)
    .addHelpText('after', ENVIRONMENT)
    .action(async ({ host }: { readonly host: string }) => {
      await run(context, host);
    });
}

const ENVIRONMENT = `
Environment:
  LANDFALL_HOSTS_FILE                            required; hosts as JSON, the same file on every machine
  LANDFALL_URL, LANDFALL_HOST_TOKEN              required; where logs go, and a token of its LANDFALL_HOST_TOKENS_FILE
  LANDFALL_REGISTRY                              required
  LANDFALL_TAKE_HOST                             for one start: take the name from the machine that has it
  TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE           default 127.0.0.1:7233, default
  GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY[_FILE]   required where images are built`;
