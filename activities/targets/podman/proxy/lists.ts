/**
 * The files that HAProxy reads beside its configuration. Each name holds a digest of the content, so that the configuration
 * and its lists change in one rename, and a running worker tells which ones it has read.
 */
import { createHash } from 'node:crypto';
import type { PublicSettings } from '../../../../contracts/config/host.ts';
import type { Route } from '../../../../contracts/config/routes.ts';
import { OWN_BACKEND } from './own.ts';
import { proxyName } from './proxy-name.ts';
import type { Section } from './section.ts';

export interface ListFile {
  readonly path: string;
  readonly text: string;
}

/** Matches the names of all lists beside this configuration file, former ones included. */
export const isListOf = (configName: string, name: string): boolean =>
  name.startsWith(`${configName}.`) && /^\.(?:routes|secured)\.[0-9a-f]{16}$/.test(name.slice(configName.length));

const listFile = (configFile: string, kind: 'routes' | 'secured', lines: readonly string[]): ListFile => {
  const text = lines.map((line) => `${line}\n`).join('');
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return { path: `${configFile}.${kind}.${digest}`, text };
};

/**
 * Name and path → backend. The slash at the end has `map_beg`, which takes the longest key that fits (configuration
 * manual, "map"), compare whole segments.
 */
export const routeMap = (
  configFile: string,
  sections: readonly Section[],
  landfall?: PublicSettings['landfall'],
): ListFile =>
  listFile(
    configFile,
    'routes',
    [
      ...(landfall ? [`${routeKey({ host: landfall.host, path: '/' })} ${OWN_BACKEND}`] : []),
      ...sections.flatMap(({ id, routes = [] }) =>
        routes.filter(({ host }) => host !== landfall?.host).map((route) => `${routeKey(route)} ${proxyName(id)}`),
      ),
    ].toSorted(),
  );

/** The names that have a certificate of their own. The thumbprint is a comment: the list's name tells it apart as well. */
export const securedNames = (
  configFile: string,
  { thumbprint, secured = [] }: { readonly thumbprint?: string; readonly secured?: readonly string[] },
): ListFile =>
  listFile(configFile, 'secured', [...(thumbprint === undefined ? [] : [`# ${thumbprint}`]), ...secured.toSorted()]);

export const routeKey = ({ host, path }: Route): string => `${host}${path === '/' ? '' : path}/`;
