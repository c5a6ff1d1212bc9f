import type { Command } from 'commander';
import { Option } from 'commander';
import type { CommandContext } from '../context.ts';
import type { UpOptions } from '../up/settings.ts';
import { up as run } from '../up/up.ts';
import { define } from './define.ts';
import { portNumber } from './port-number.ts';

/** `landfall up`: Temporal, API and workers on this machine until Ctrl-C; registry and proxy until `landfall down`. */
export function up(program: Command, context: CommandContext): void {
  const port = (flag: string, description: string, usual: number) =>
    new Option(`${flag} <port>`, description).default(usual).argParser(portNumber);
  define(program, 'up', 'run everything on this machine: API, workers, Temporal, registry, proxy')
    .option('--data-dir <folder>', 'the folder for all data (default: LANDFALL_DATA_DIR, or the XDG state folder)')
    .option('--listen <host:port>', 'the address that Landfall listens on', '127.0.0.1:8080')
    .option('--podman-socket <path>', "Podman's API (default: the ordinary one of this user)")
    .option(
      '--build-podman-socket <path>',
      'the Podman that builds (default: as root one of the account landfall-build, which is made)',
    )
    .option(
      '--public [address]',
      'serve names of landfall.yaml on ports 80 and 443 of this address (without one: of every address)',
    )
    .addOption(new Option('--http-port <port>', 'with names: the port in place of 80').argParser(portNumber))
    .addOption(new Option('--https-port <port>', 'with names: the port in place of 443').argParser(portNumber))
    .addOption(port('--temporal-port', 'the port of Temporal', 7233))
    .addOption(port('--temporal-ui-port', "the port of Temporal's pages", 8233))
    .addOption(port('--registry-port', 'the port of the registry; part of every image name, so keep it', 5000))
    .addHelpText('after', ENVIRONMENT)
    .action(async (options: UpOptions) => {
      await run(context, options);
    });
}

const ENVIRONMENT = `
Environment:
  GITHUB_APP_ID                                  required
  GITHUB_WEBHOOK_SECRET[_FILE]                   required; several are separated by commas, or one a line in the file
  GITHUB_APP_PRIVATE_KEY[_FILE]                  required
  LANDFALL_URL                                   where GitHub and people reach Landfall (default: http://LISTEN)
  TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE           use this Temporal instead of starting one
  LANDFALL_REGISTRY                              use this registry (host:port) instead of starting one
  LANDFALL_REGISTRY_AUTH_FILE                    passwords of registries, as "podman login --authfile" writes them
  DATABASE_URL[_FILE]                            use this PostgreSQL (15 or newer) instead of starting one
  LANDFALL_POSTGRES_BIN                          start the PostgreSQL of this folder, not the one that comes along
  LANDFALL_HOSTS_FILE                            hosts as JSON, instead of this machine called "local"
  LANDFALL_PUBLIC_ADDRESS                        like --public ADDRESS
  LANDFALL_PUBLIC_HTTP_PORT, …_HTTPS_PORT        like --http-port, --https-port
  LANDFALL_PROXY_DIR                             use the HAProxy of this folder, which a unit runs, instead of starting one
  LANDFALL_PROXY_TIMEOUT_SERVER, …_CLIENT        how long a service (5m) or a client (1m) may be silent
  LANDFALL_PROXY_TIMEOUT_TUNNEL                  how long both may on a WebSocket or plain TCP (1h)
  LANDFALL_PROXY_TIMEOUT_REQUEST                 how long a client may take for a request's header (10s)
  LANDFALL_PROXY_MAX_CONNECTIONS                 of all services at a time (10000)
  LANDFALL_PROXY_CONNECTIONS_PER_CLIENT          of one address at a time (1000)
  LANDFALL_PROXY_RELOAD_PATIENCE                 how long connections from before a reload may go on (24h)

The proxy, the registry and the containers go on when it stops, and the next start adopts them. \`landfall down\` ends them.`;
