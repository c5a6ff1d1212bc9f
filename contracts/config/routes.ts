/**
 * The names and paths at which services of a host answer together, on its ports for the web. One owner for each pair of
 * name and path; the longest path that fits decides, by whole segments: `/api` is `/api` and `/api/x`, never `/apix`.
 */
import { z } from 'zod';

/** A DNS name without its last dot (RFC 1123, 2.1): two labels at least, in lower case, 253 characters at most. */
const HOST = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Segments of RFC 3986, 3.3, as they are written without percent signs; none is empty, `.` or `..`. */
const PATH = /^\/$|^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~!$&'()*+,;=:@-]+)+$/;
const MAX_PATH = 200;

export const isRouteHost = (host: string): boolean => HOST.test(host);
/** True for a path in its one form: no slash at its end but that of `/` itself. */
export const isRoutePath = (path: string): boolean => path.length <= MAX_PATH && PATH.test(path);

export const Route = z.strictObject({
  host: z.string().refine(isRouteHost),
  path: z.string().refine(isRoutePath),
});
export type Route = Readonly<z.infer<typeof Route>>;

export const sameRoute = (one: Route, other: Route): boolean => one.host === other.host && one.path === other.path;

/** The names of routes, each once. */
export const routeNames = (routes: readonly Route[] = []): readonly string[] => [
  ...new Set(routes.map(({ host }) => host)),
];

/** `shop.example.com/api`, as people read it. */
export const routeText = ({ host, path }: Route): string => (path === '/' ? host : `${host}${path}`);
