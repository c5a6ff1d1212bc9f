/** Names and paths of a service, as every kind of target takes them. */
import { z } from 'zod';
import { whyNotHostTemplate } from '../host-template.ts';
import { routePath, whyNotRouteHost, whyNotRoutePath, type Route } from '../routes.ts';
import { checked } from '../yaml-fields.ts';

/** Each is a line of a proxy's map; a service that needs more wants a proxy of its own. */
const MOST_ROUTES = 100;

export const routeFields = {
  hosts: z.array(checked(whyNotRouteHost)).min(1).max(50).describe('The names, such as shop.example.com.'),
  paths: z
    .array(checked(whyNotRoutePath))
    .min(1)
    .max(50)
    .default(['/'])
    .describe('The paths, with everything below each. The longest that fits decides.'),
} as const;

/** The same below `previews`: every name has `{number}` in it (host-template.ts). */
export const routeTemplateFields = {
  ...routeFields,
  hosts: z
    .array(checked(whyNotHostTemplate))
    .min(1)
    .max(50)
    .describe('The names, such as pr-{number}.preview.example.com.'),
} as const;

interface Names {
  readonly hosts: readonly string[];
  readonly paths: readonly string[];
}

export const areFewRoutes = ({ hosts, paths }: Names): boolean => hosts.length * paths.length <= MOST_ROUTES;
export const FEW_ROUTES = `name at most ${MOST_ROUTES} pairs of name and path`;

/** Every name with every path, each with the place of its name in `hosts`. */
export const namedRoutes = ({ hosts, paths }: Names): readonly { readonly route: Route; readonly index: number }[] =>
  hosts.flatMap((host, index) => paths.map((path) => ({ index, route: { host, path: routePath(path) } })));
