/** The limits of the proxy that `landfall up` starts, from the environment. */
import { PROXY_TIMES, isProxyTime } from '../../contracts/core/duration.ts';
import { AddressRange, type ProxySettings } from '../../contracts/config/host.ts';
import type { DevProxyLimits } from '../../infra/dev/proxy-config.ts';
import { CliError } from '../cli-error.ts';

export interface UpProxy {
  readonly limits: DevProxyLimits;
  readonly timeouts: NonNullable<ProxySettings['timeouts']>;
  readonly clients: Pick<ProxySettings, 'connectionsPerClient' | 'trustedProxies'>;
}

const MOST_CONNECTIONS = 1_000_000;

/** @throws CliError that names every variable that is wrong, or that would change nothing. */
export function proxySettings(given: (name: string) => string | undefined, hostsFile: string | undefined): UpProxy {
  const wrong: string[] = [];
  const set: string[] = [];
  const read = <T>(name: string, of: (text: string) => T | undefined, use: string): T | undefined => {
    const text = given(name);
    if (text === undefined) return undefined;
    set.push(name);
    const value = of(text);
    if (value === undefined) wrong.push(`${name} is ${JSON.stringify(text)}: use ${use}`);
    return value;
  };
  const time = (name: string) => read(name, (text) => (isProxyTime(text) ? text : undefined), PROXY_TIMES);
  const count = (name: string) => read(name, connections, `a number from 1 to ${MOST_CONNECTIONS}`);
  const maxConnections = count('LANDFALL_PROXY_MAX_CONNECTIONS');
  const connectionsPerClient = count('LANDFALL_PROXY_CONNECTIONS_PER_CLIENT');
  const reloadPatience = time('LANDFALL_PROXY_RELOAD_PATIENCE');
  const request = time('LANDFALL_PROXY_TIMEOUT_REQUEST');
  const client = time('LANDFALL_PROXY_TIMEOUT_CLIENT');
  const server = time('LANDFALL_PROXY_TIMEOUT_SERVER');
  const tunnel = time('LANDFALL_PROXY_TIMEOUT_TUNNEL');
  if (wrong.length > 0) throw new CliError('Read the limits of the proxy', wrong.join('; '), 'Correct or unset them.');
  if (hostsFile !== undefined && set.length > 0) {
    throw new CliError(
      'Read the limits of the proxy',
      `${set.join(', ')} ${set.length === 1 ? 'is' : 'are'} for the proxy that \`landfall up\` starts, and with LANDFALL_HOSTS_FILE it starts none`,
      `Unset them. \`timeouts\`, \`maxConnections\` and \`connectionsPerClient\` of a host's \`proxy\` in ${hostsFile} are for that host.`,
    );
  }
  const trustedProxies = ranges(given('LANDFALL_TRUSTED_PROXIES'));
  return {
    limits: {
      ...(maxConnections !== undefined && { maxConnections }),
      ...(reloadPatience !== undefined && { reloadPatience }),
    },
    timeouts: {
      ...(request !== undefined && { request }),
      ...(client !== undefined && { client }),
      ...(server !== undefined && { server }),
      ...(tunnel !== undefined && { tunnel }),
    },
    clients: {
      ...(connectionsPerClient !== undefined && { connectionsPerClient }),
      ...(trustedProxies.length > 0 && { trustedProxies }),
    },
  };
}

/** Those in front of Landfall's pages are in front of the proxy beside it as well. Landfall itself refuses wrong ones. */
function ranges(text = ''): string[] {
  const all = text.split(',').map((one) => one.trim());
  return all.every((one) => AddressRange.safeParse(one).success) ? all : [];
}

function connections(text: string): number | undefined {
  const number = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= MOST_CONNECTIONS ? number : undefined;
}
