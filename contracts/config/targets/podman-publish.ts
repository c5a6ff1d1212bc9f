/** `publish` of Podman hosts: a port, or names and paths on the ports for the web that all services of a host share. */
import { z } from 'zod';
import { routePath, whyNotRouteHost, whyNotRoutePath, type Route } from '../routes.ts';
import { port } from '../yaml-fields.ts';
import type { WrittenAddress, WrittenRoute } from './kind.ts';

const checked = (whyNot: (text: string) => string | undefined) =>
  z.string().superRefine((text, context) => {
    const message = whyNot(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

/** Each is a line of the proxy's map; a service that needs more wants a proxy of its own. */
const MOST_ROUTES = 100;

const Names = z
  .strictObject({
    hosts: z.array(checked(whyNotRouteHost)).min(1).max(50).describe('The names, such as shop.example.com.'),
    paths: z
      .array(checked(whyNotRoutePath))
      .min(1)
      .max(50)
      .default(['/'])
      .describe('The paths, with everything below each. The longest that fits decides.'),
    port: port.optional().describe('A port of its own as well, on which each host answers for it.'),
  })
  .refine(({ hosts, paths }) => hosts.length * paths.length <= MOST_ROUTES, {
    error: `name at most ${MOST_ROUTES} pairs of name and path`,
  });

export const Published = z.union([port, Names]);
type Published = z.output<typeof Published>;

export const portOf = (published: Published): number | undefined =>
  typeof published === 'number' ? published : published.port;

/** Every name with every path. */
export function routesOf(published: Published): readonly Route[] {
  if (typeof published === 'number') return [];
  const paths = published.paths.map(routePath);
  return published.hosts.flatMap((host) => paths.map((path) => ({ host, path })));
}

export function addressesOf(service: string, published: Published): readonly WrittenAddress[] {
  if (typeof published === 'number') return [{ service, port: published, at: ['publish', service] }];
  return published.port === undefined ? [] : [{ service, port: published.port, at: ['publish', service, 'port'] }];
}

export function writtenRoutes(service: string, published: Published): readonly WrittenRoute[] {
  if (typeof published === 'number') return [];
  return published.hosts.flatMap((host, index) =>
    published.paths.map((path) => ({
      service,
      route: { host, path: routePath(path) },
      at: ['publish', service, 'hosts', index],
    })),
  );
}
