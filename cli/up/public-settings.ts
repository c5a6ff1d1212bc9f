/** The ports for the web of the proxy that `landfall up` starts: from its options, then the environment. */
import { PublicSettings } from '../../contracts/config/host.ts';
import { groupOf } from '../../infra/dev/identity.ts';
import { portHolder, type PortHolder } from '../../infra/dev/port-holder.ts';
import { proxiesOf } from '../../infra/dev/proxy.ts';
import { CliError, codeOf, errorText } from '../cli-error.ts';
import { listenOnce } from './ports.ts';

export type UpPublic = Omit<PublicSettings, 'certificates'>;

export interface PublicOptions {
  /** `true`: without an address. */
  readonly public?: string | true;
  readonly httpPort?: number;
  readonly httpsPort?: number;
}

const VARIABLES = {
  address: 'LANDFALL_PUBLIC_ADDRESS',
  httpPort: 'LANDFALL_PUBLIC_HTTP_PORT',
  httpsPort: 'LANDFALL_PUBLIC_HTTPS_PORT',
} as const;

const EVERY_ADDRESS = '0.0.0.0';
const LOOPBACK = '127.0.0.1';

/**
 * `undefined`: services have no names here. Ports without an address are the loopback's, to try things out.
 *
 * @throws CliError that names what is wrong, or would change nothing
 */
export function publicSettings(
  given: (name: string) => string | undefined,
  { public: option, httpPort, httpsPort }: PublicOptions,
  hostsFile: string | undefined,
): UpPublic | undefined {
  const address = option === true ? (given(VARIABLES.address) ?? EVERY_ADDRESS) : (option ?? given(VARIABLES.address));
  const http = httpPort ?? given(VARIABLES.httpPort);
  const https = httpsPort ?? given(VARIABLES.httpsPort);
  if (address === undefined && http === undefined && https === undefined) return undefined;
  if (hostsFile !== undefined) {
    throw new CliError(
      'Open ports for the web',
      `they are for the proxy that \`landfall up\` starts, and with LANDFALL_HOSTS_FILE it starts none`,
      `Leave --public and ${Object.values(VARIABLES).join(', ')} out. "public" of a host's "proxy" in ${hostsFile} is for that host.`,
    );
  }
  const read = PublicSettings.safeParse({
    address: address ?? LOOPBACK,
    ...(http !== undefined && { httpPort: Number(http) }),
    ...(https !== undefined && { httpsPort: Number(https) }),
    certificates: '/',
  });
  if (read.success) {
    const { certificates: _, ...found } = read.data;
    return found;
  }
  throw new CliError(
    'Read the ports for the web',
    `${[address ?? LOOPBACK, http ?? 80, https ?? 443].join(', ')} is no address with two different ports from 1 to 65535`,
    'Use an address of this machine, such as --public 0.0.0.0 --http-port 80 --https-port 443.',
  );
}

/** Checks that the proxy can open the ports. Those that it holds already, since an earlier start, are its own. @throws CliError */
export async function assertOpenable({ address, httpPort, httpsPort }: UpPublic, proxyDir: string): Promise<void> {
  const own = new Set(await proxiesOf(proxyDir));
  for (const [port, option] of [
    [httpPort, '--http-port'],
    [httpsPort, '--https-port'],
  ] as const) {
    try {
      await listenOnce(address, port);
    } catch (error) {
      const holder = portHolder(port);
      if (codeOf(error) === 'EADDRINUSE' && holder && own.has(groupOf(holder.pid) ?? holder.pid)) continue;
      throw new CliError(
        `Open port ${port} of ${address} for the web`,
        ...portRefusal(error, { port, option, holder }),
        {
          cause: error,
        },
      );
    }
  }
}

interface Refused {
  readonly port: number;
  readonly option: string;
  readonly holder: PortHolder | undefined;
}

/** The system's reason for refusing a port, and what to do. */
export function portRefusal(error: unknown, { port, option, holder }: Refused): readonly [string, string] {
  switch (codeOf(error)) {
    case 'EADDRINUSE': {
      return holder
        ? [
            `${holder.unit ?? holder.program} (process ${holder.pid}) listens there`,
            `Stop it, or choose another port with ${option}.`,
          ]
        : [
            'another program listens there, which this account cannot see',
            `\`sudo ss -ltnp 'sport = :${port}'\` names it. Stop it, or choose another port with ${option}.`,
          ];
    }
    case 'EACCES':
      return [
        'ports below 1024 are for root alone on this system',
        `Run \`sudo sysctl net.ipv4.ip_unprivileged_port_start=${port}\` (and keep it in /etc/sysctl.d), give the unit AmbientCapabilities=CAP_NET_BIND_SERVICE, or choose another port with ${option}.`,
      ];
    case 'EADDRNOTAVAIL':
      return ['it is no address of this machine', 'Use one that `ip address` lists, or 0.0.0.0 for all of them.'];
    default:
      return [errorText(error), `Choose another address or port (${option}).`];
  }
}
