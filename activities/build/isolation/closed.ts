/** The addresses closed to the steps of a build, by a host's settings. */
import { networkInterfaces } from 'node:os';
import type { HostSettings } from '../../../contracts/config/host.ts';
import type { PodmanClient } from '../../podman/client.ts';

export interface Closed {
  readonly deny: readonly string[];
  readonly allow: readonly string[];
}

/**
 * Addresses that give a machine its cloud credentials: link-local (AWS, Google, Azure, Oracle, Hetzner, DigitalOcean,
 * Scaleway; 169.254.170.2 of ECS), Azure's 168.63.129.16, Alibaba's 100.100.100.200, Oracle's 192.0.0.192, and for IPv6
 * those of AWS, Google, Scaleway and Oracle, as each documents its own.
 */
const METADATA = [
  '169.254.0.0/16',
  '168.63.129.16/32',
  '100.100.100.200/32',
  '192.0.0.192/32',
  'fe80::/10',
  'fd00:ec2::/32',
  'fd20:ce::254/128',
  'fd00:42::42/128',
  'fd00:c1::a9fe:a9fe/128',
  // The same through NAT64 (RFC 6052).
  '64:ff9b::a9fe:0/112',
] as const;

/** RFC 1918, RFC 6598 and RFC 4193. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'] as const;

/** Each container gives its host one more: closed as a whole, they do not change from build to build. */
const LINK_LOCAL = 'fe80::/10';

/** The worker runs on the machine of its engine: what it reaches by a socket is here. */
function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((some) => some ?? []);
  const own = all
    .filter(({ internal }) => !internal)
    .map(({ address, family }) => `${address}/${family === 'IPv4' ? 32 : 128}`);
  return [...own.filter((range) => !/^fe[89ab]/i.test(range)), LINK_LOCAL];
}

interface Network {
  readonly subnets?: readonly { readonly gateway?: string }[] | null;
}

/** The host's addresses in the engine's networks, also in those whose bridge is not there before a container is. */
async function gateways(podman: PodmanClient, signal: AbortSignal): Promise<string[]> {
  const networks = await podman.json<readonly Network[]>('GET', '/networks/json', { signal });
  return networks
    .flatMap(({ subnets }) => subnets ?? [])
    .flatMap(({ gateway }) => (gateway === undefined ? [] : [`${gateway}/${gateway.includes(':') ? 128 : 32}`]));
}

/** `undefined` when nothing is closed. Looked up for each build: a host's addresses change. */
export async function closedFor(
  { buildDeny, buildAllow }: Pick<HostSettings, 'buildDeny' | 'buildAllow'>,
  podman: PodmanClient,
  signal: AbortSignal,
): Promise<Closed | undefined> {
  if (buildDeny.length === 0) return undefined;
  const named = async (one: string): Promise<readonly string[]> => {
    if (one === 'metadata') return METADATA;
    if (one === 'private') return PRIVATE;
    return one === 'host' ? [...ownAddresses(), ...(await gateways(podman, signal))] : [one];
  };
  const deny = (await Promise.all(buildDeny.map(named))).flat();
  return { deny: [...new Set(deny)], allow: buildAllow };
}
