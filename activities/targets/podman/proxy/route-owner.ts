/** One owner for each name and path of a host. */
import { FailureType, failure } from '../../../../contracts/core/failures.ts';
import type { ProxySettings } from '../../../../contracts/config/host.ts';
import { routeText, sameRoute, type Route } from '../../../../contracts/config/routes.ts';
import { routeKey } from './lists.ts';
import type { Section } from './section.ts';

/**
 * @throws `RouteTaken` when another service of the host has one of the routes; `InvalidConfiguration` when the host has no
 * ports for the web
 */
export function assertRoutes(
  host: Pick<ProxySettings, 'public'>,
  { id, routes = [] }: Pick<Section, 'id' | 'routes'>,
  sections: readonly Section[],
): void {
  const [first] = routes;
  if (!first) return;
  if (!host.public) {
    throw failure(
      FailureType.InvalidConfiguration,
      `${routeText(first)} needs ports for the web, and this host opens none. Start it with \`landfall up --public\` (in a hosts file: "proxy.public"), or publish a port in landfall.yaml.`,
    );
  }
  const { landfall } = host.public;
  for (const route of routes) {
    if (route.host === landfall?.host) throw ownName(route);
    const owner = sections.find((one) => one.id !== id && one.routes?.some((other) => sameRoute(route, other)));
    if (owner) throw routeTaken(route, owner.id);
  }
}

const routeTaken = (route: Route, by: string) =>
  failure(
    FailureType.RouteTaken,
    `${routeText(route)} is that of ${by}. Take it out of that service's landfall.yaml and deploy it, or use another name or path.`,
  );

const ownName = (route: Route) =>
  failure(
    FailureType.RouteTaken,
    `${routeText(route)} is at the name of Landfall's own pages on this host. Use another name in landfall.yaml.`,
  );

/** In whatever order. */
export const sameRoutes = (some: readonly Route[], others: readonly Route[]): boolean =>
  some.length === others.length && some.every((one) => others.some((other) => sameRoute(one, other)));

/** The service that answers for a name and path: that of the longest path which fits. */
export function ownerOf(sections: readonly Section[], { host, path }: Route): Section | undefined {
  const fits = (route: Route) => route.host === host && `${path}/`.startsWith(routeKey(route).slice(host.length));
  const length = ({ routes = [] }: Section) => Math.max(0, ...routes.filter(fits).map((route) => route.path.length));
  const [longest] = sections.filter((one) => one.routes?.some(fits)).toSorted((a, b) => length(b) - length(a));
  return longest;
}
