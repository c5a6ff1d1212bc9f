/**
 * The names and paths at which services of a host answer together, on its ports for the web. One owner for each pair of
 * name and path; the longest path that fits decides, by whole segments: `/api` is `/api` and `/api/x`, never `/apix`.
 */
import { z } from 'zod';

/** A DNS name without its last dot (RFC 1123, 2.1): two labels at least, in lower case, 253 characters at most. */
const HOST = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Segments of RFC 3986, 3.3, as they are written without percent signs; none is empty, `.` or `..`. */
const PATH = /^\/$|^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~!$&'()+,;=:@-]+)+$/;
const MAX_PATH = 200;

export const isRouteHost = (host: string): boolean => HOST.test(host);
/** True for a path in its one form: no slash at its end but that of `/` itself. */
const isRoutePath = (path: string): boolean => path.length <= MAX_PATH && PATH.test(path);

/** The reason why it is no name for a service, in words with what to write; `undefined` for one that is. */
export function whyNotRouteHost(text: string): string | undefined {
  if (isRouteHost(text)) return undefined;
  if (text.includes('://')) return 'write the name alone, such as shop.example.com';
  if (text.includes('*')) return 'there are no wildcards: write each name';
  if (text.includes('/')) return 'write the name alone: paths are below "paths"';
  if (/^[\d.]+$|^\[|:.*:/.test(text)) return 'an address is no name: use one such as shop.example.com';
  if (text.includes(':')) return "write the name without a port: the host's own settings say on which ports it answers";
  const plain = text.replace(/\.$/, '').toLowerCase();
  if (plain !== text && isRouteHost(plain)) return `write it as ${plain}`;
  const ascii = asciiForm(plain);
  if (ascii !== undefined && ascii !== plain && isRouteHost(ascii)) return `write its ASCII form, ${ascii}`;
  return 'use a whole name such as shop.example.com: letters, digits and dashes between dots, 253 characters at most';
}

/** WHATWG URL, "domain to ASCII": the form of an internationalised name that clients send. */
function asciiForm(host: string): string | undefined {
  return URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`).hostname : undefined;
}

/** The reason why no service can have the path, in words; `undefined` for one that it can have. */
export function whyNotRoutePath(text: string): string | undefined {
  const path = routePath(text);
  if (!text.startsWith('/')) return 'begin it with a slash, such as /api';
  if (/[?#]/.test(text)) return 'write the path alone, without ? or #';
  if (text.includes('*')) return 'there are no wildcards: /api means everything below it as well';
  if (text.includes('%')) return 'percent signs are not taken: clients write one character in several ways';
  if (isOf(path, ACME)) return `${ACME} is where certificates are asked for, and the proxy itself answers there`;
  if (isRoutePath(path)) return undefined;
  return `use segments of letters, digits and -._~!$&'()+,;=:@ between single slashes, ${MAX_PATH} characters at most`;
}

/** RFC 8555, 8.3. */
const ACME = '/.well-known/acme-challenge';
const isOf = (path: string, above: string): boolean => path === above || path.startsWith(`${above}/`);

/** The one form of a path: no slash at its end. */
export const routePath = (text: string): string => (text.length > 1 && text.endsWith('/') ? text.slice(0, -1) : text);

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

interface Named {
  readonly routes?: readonly Route[];
  readonly certificates?: 'elsewhere';
}

/** The names of a target for which Landfall has certificates, each once. */
export const certifiedNames = ({ routes, certificates }: Named = {}): readonly string[] =>
  certificates === 'elsewhere' ? [] : routeNames(routes);

/** `shop.example.com/api`, as people read it. */
export const routeText = ({ host, path }: Route): string => (path === '/' ? host : `${host}${path}`);

/** The route by which most people reach the service: its first name, at its shortest path. */
export const mainRoute = (routes: readonly Route[]): Route | undefined =>
  routes.filter(({ host }) => host === routes[0]?.host).toSorted((a, b) => a.path.length - b.path.length)[0];
