/** `publish` of Podman hosts: a port, or names and paths on the ports for the web that all services of a host share. */
import { z } from 'zod';
import { filledHost } from '../host-template.ts';
import type { Route } from '../routes.ts';
import { port } from '../yaml-fields.ts';
import type { WrittenAddress, WrittenRoute } from './kind.ts';
import { FEW_ROUTES, areFewRoutes, namedRoutes, routeFields, routeTemplateFields } from './route-fields.ts';

const Names = z
  .strictObject({
    ...routeFields,
    port: port.optional().describe('A port of its own as well, on which each host answers for it.'),
  })
  .refine(areFewRoutes, { error: FEW_ROUTES });

export const Published = z.union([port, Names]);
type Published = z.output<typeof Published>;

/** A preview has names alone: each pull request would want a port that no other has. */
export const PublishedNames = z
  .strictObject(routeTemplateFields, {
    error: ({ code }) =>
      code === 'invalid_type'
        ? "a preview is reached by names, not by a port: use { hosts: ['pr-{number}.preview.example.com'] }"
        : undefined,
  })
  .refine(areFewRoutes, { error: FEW_ROUTES });

/** The names of a pull request's preview. */
export const filledNames = (published: Published, number: number): Published =>
  typeof published === 'number'
    ? published
    : { ...published, hosts: published.hosts.map((host) => filledHost(host, number)) };

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
