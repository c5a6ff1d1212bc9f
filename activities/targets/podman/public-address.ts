/** The address at which users reach a run, for a look at what they get. */
import { mainRoute, routeText, type Route } from '../../../contracts/config/routes.ts';
import { environmentId } from '../../../contracts/core/ids.ts';
import type { Run } from './container-spec.ts';
import type { PodmanPlace } from './place.ts';
import type { ProbeAddress } from '../probe.ts';
import { ownerOf } from './proxy/route-owner.ts';
import { entranceOf } from './strategy.ts';

export interface PublicAddress {
  /** `undefined`: visitors do not get it there, so only the container itself can be asked for it. */
  readonly entrance?: ProbeAddress;
  /** The Host header, in place of the one of the health settings. */
  readonly host?: string;
}

type Served = Pick<Run, 'key' | 'publishPort' | 'routes' | 'health'>;

/** Behind a maintenance page, none. Else its own port; else a name under which the health path leads to it, over TLS. */
export async function addressOf(place: Pick<PodmanPlace, 'host' | 'proxy'>, served: Served): Promise<PublicAddress> {
  const { publishPort, routes = [], health } = served;
  // Visitors get the page, so only the container itself tells whether it serves.
  if (await place.proxy?.page(environmentId(served.key))) return {};
  if (publishPort !== undefined) return { entrance: { address: place.host.address, port: publishPort } };
  const open = place.host.proxy?.public;
  if (!open || !place.proxy) return {};
  const address = { '0.0.0.0': '127.0.0.1', '::': '::1' }[open.address] ?? open.address;
  // A port that accepts is all that `tcp` asks for, and all frontends of the host share it.
  if (health.kind !== 'http') return {};
  const sections = await place.proxy.sections();
  const { id } = entranceOf(place, served);
  const [path = '/'] = health.path.split('?');
  const names = health.host === undefined ? routes.map(({ host }) => host) : [health.host];
  const host = names.find((name) => ownerOf(sections, { host: name, path })?.id === id);
  if (host === undefined) return {};
  return { entrance: { address, port: open.httpsPort, serverName: host }, host };
}

/** The reason why requests to its names do not reach it, by the running proxy; `null` when they do, or it has none. */
export async function misled({ host, proxy }: PodmanPlace, served: Served): Promise<string | null> {
  const route: Route | undefined = mainRoute(served.routes ?? []);
  if (!route || !proxy || (await proxy.isOpen(entranceOf({ host }, served)))) return null;
  return `The proxy does not lead ${routeText(route)} to it`;
}
