/**
 * Decides from which addresses a stranger's repository may be fetched; looked up once and pinned for the connection.
 */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { failure } from '../../contracts/core/failures.ts';

/** Hosts that the operator lets be fetched from although they are private, or without encryption. */
export interface PrivateSources {
  /** In lower case. */
  readonly hosts: ReadonlySet<string>;
  readonly networks: BlockList;
}

/** Addresses that no server on the internet has (RFC 6890 and the IANA special-purpose registries). */
const SPECIAL: readonly (readonly [address: string, prefix: number])[] = [
  ...([
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.88.99.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 3],
  ] as const),
  ...([
    // `::`, `::1`, and the old form that embeds an address of version 4; BlockList looks into `::ffff:0:0/96` itself.
    ['::', 96],
    ['64:ff9b::', 32],
    ['100::', 64],
    ['2001::', 23],
    ['2001:db8::', 32],
    ['2002::', 16],
    ['3fff::', 20],
    ['5f00::', 16],
    ['fc00::', 7],
    ['fe80::', 9],
    ['ff00::', 8],
  ] as const),
];
const special = new BlockList();
for (const [address, prefix] of SPECIAL) special.addSubnet(address, prefix, familyOf(address));

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

/** `[::1]` as URLs write it, without its brackets. */
const bare = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1');

/** True when the operator allows this host by its name, or by its address if it is one. */
export function isAllowed({ hosts, networks }: PrivateSources, hostname: string): boolean {
  const name = bare(hostname).toLowerCase();
  return hosts.has(name) || (isIP(name) !== 0 && networks.check(name, familyOf(name)));
}

/**
 * True when the host is a private address, or a name that is private by itself. Other names are looked up when they are
 * fetched from.
 */
export function isPrivateHost(hostname: string): boolean {
  const name = bare(hostname).toLowerCase().replace(/\.$/, '');
  if (isIP(name) !== 0) return special.check(name, familyOf(name));
  return name === 'localhost' || name.endsWith('.localhost') || !name.includes('.');
}

/**
 * Looks the host up. The returned value pins the connection to the checked addresses, so a different answer a moment
 * later leads nowhere else.
 *
 * @returns a value of git's `http.curloptResolve`; `undefined` for a host that is an address
 * @throws `UnsafeSource` for a private address that is not allowed; `SourceUnavailable` (retryable) when the name has
 * none
 */
export async function pinAddresses(url: URL, allowed: PrivateSources): Promise<string | undefined> {
  const { hostname } = url;
  if (isAllowed(allowed, hostname)) return undefined;
  if (isIP(bare(hostname)) !== 0) {
    if (isPrivateHost(hostname)) throw privateAddress(hostname);
    return undefined;
  }
  const found = await lookup(hostname, { all: true }).catch((error: unknown) => {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'no answer';
    throw failure('SourceUnavailable', `${hostname} could not be looked up (${why}). It will be tried again.`);
  });
  const addresses = found.map(({ address }) => address);
  if (addresses.some((address) => isPrivateHost(address) && !isAllowed(allowed, address)))
    throw privateAddress(hostname);
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const list = addresses.map((address) => (isIP(address) === 6 ? `[${address}]` : address)).join(',');
  return `${hostname}:${port}:${list}`;
}

const privateAddress = (hostname: string) =>
  failure(
    'UnsafeSource',
    `${hostname} is at a private address. Repositories there are fetched only if LANDFALL_PRIVATE_SOURCES names the host or its network.`,
  );
