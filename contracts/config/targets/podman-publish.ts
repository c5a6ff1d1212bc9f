/** `publish` of Podman hosts: a port, or names and paths on the ports for the web that all services of a host share. */
import { z } from 'zod';
import type { Route } from '../routes.ts';
import { port } from '../yaml-fields.ts';
import type { WrittenAddress, WrittenRoute } from './kind.ts';
import { FEW_ROUTES, areFewRoutes, namedRoutes, routeFields } from './route-fields.ts';

const Names = z
  .strictObject({
    ...routeFields,
    port: port.optional().describe('A port of its own as well, on which each host answers for it.'),
  })
  .refine(areFewRoutes, { error: FEW_ROUTES });

export const Published = z.union([port, Names]);
type Published = z.output<typeof Published>;

export const portOf = (published: Published): number | undefined =>
  typeof published === 'number' ? published : published.port;

/** Every name with every path. */
export const routesOf = (published: Published): readonly Route[] =>
  typeof published === 'number' ? [] : namedRoutes(published).map(({ route }) => route);

export function addressesOf(service: string, published: Published): readonly WrittenAddress[] {
  if (typeof published === 'number') return [{ service, port: published, at: ['publish', service] }];
  return published.port === undefined ? [] : [{ service, port: published.port, at: ['publish', service, 'port'] }];
}

export const writtenRoutes = (service: string, published: Published): readonly WrittenRoute[] =>
  typeof published === 'number'
    ? []
    : namedRoutes(published).map(({ route, index }) => ({ service, route, at: ['publish', service, 'hosts', index] }));
