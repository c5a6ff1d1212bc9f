/** The limits of the proxy that `landfall up` starts, from the environment. */
import { PROXY_TIMES, isProxyTime } from '../../contracts/core/duration.ts';
import type { ProxySettings } from '../../contracts/config/host.ts';
import type { DevProxyLimits } from '../../infra/dev/proxy-config.ts';
import { CliError } from '../cli-error.ts';

export interface UpProxy {
  readonly limits: DevProxyLimits;
  readonly timeouts: NonNullable<ProxySettings['timeouts']>;
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
  const maxConnections = read('LANDFALL_PROXY_MAX_CONNECTIONS', connections, `a number from 1 to ${MOST_CONNECTIONS}`);
  const reloadPatience = time('LANDFALL_PROXY_RELOAD_PATIENCE');
  const client = time('LANDFALL_PROXY_TIMEOUT_CLIENT');
  const server = time('LANDFALL_PROXY_TIMEOUT_SERVER');
  const tunnel = time('LANDFALL_PROXY_TIMEOUT_TUNNEL');
  if (wrong.length > 0) throw new CliError('Read the limits of the proxy', wrong.join('; '), 'Correct or unset them.');
  if (hostsFile !== undefined && set.length > 0) {
    throw new CliError(
      'Read the limits of the proxy',
      `${set.join(', ')} ${set.length === 1 ? 'is' : 'are'} for the proxy that \`landfall up\` starts, and with LANDFALL_HOSTS_FILE it starts none`,
      `Unset them. \`timeouts\` and \`maxConnections\` of a host's \`proxy\` in ${hostsFile} are for that host.`,
    );
  }
  return {
    limits: {
      ...(maxConnections !== undefined && { maxConnections }),
      ...(reloadPatience !== undefined && { reloadPatience }),
    },
    timeouts: {
      ...(client !== undefined && { client }),
      ...(server !== undefined && { server }),
      ...(tunnel !== undefined && { tunnel }),
    },
  };
}

function connections(text: string): number | undefined {
  const number = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= MOST_CONNECTIONS ? number : undefined;
}
