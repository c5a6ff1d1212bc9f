/** Landfall's own pages at the ports for the web of its machine. */
import { isIPv4 } from 'node:net';
import type { PublicSettings } from '../../contracts/config/host.ts';
import { isRouteHost } from '../../contracts/config/routes.ts';

type OwnName = NonNullable<PublicSettings['landfall']>;

const EVERY_ADDRESS = '0.0.0.0';
const HERE = '127.0.0.1';

/**
 * The name for people and GitHub, and the address that the proxy finds Landfall at. Without a DNS name of its own
 * (`LANDFALL_URL`) there is none.
 *
 * @param listen - `HOST:PORT`, checked by Landfall itself
 */
export function ownName(publicUrl: string, listen: string): OwnName | undefined {
  const host = URL.canParse(publicUrl) ? new URL(publicUrl).hostname : '';
  const [address = '', port = ''] = listen.split(':');
  if (!isRouteHost(host) || !/^\d{1,5}$/.test(port)) return undefined;
  return { host, address: isIPv4(address) && address !== EVERY_ADDRESS ? address : HERE, port: Number(port) };
}

/** The proxies that Landfall believes: those that are given, and the one of this machine in front of it. */
export const believed = (given: string | undefined, own: OwnName | undefined): string | undefined =>
  own ? [...(given === undefined ? [] : [given]), own.address].join(', ') : given;
