/**
 * Ids in addresses, in every spelling: one place in front of all routes, which themselves know whole ids alone.
 *
 * An address that names something in another way (`shop.web.42` where a deployment is wanted, a number, a commit, a link,
 * `shop.web.production` for an environment, a name that something has by now) is answered as the address that it means.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { logStream, parseLogStream } from '../../contracts/deployment/logs.ts';
import { isName } from '../../contracts/core/names.ts';
import { undressed } from '../../contracts/github/selector.ts';
import type { ApiDeps, ApiEnv } from '../deps.ts';
import { keptAs } from '../../store/queries/kept-name.ts';
import { keptId, selectorMeant } from '../../store/queries/kept-id.ts';
import { idMeant, type Doing, type Named } from '../operations/named.ts';

const KINDS: Readonly<Record<string, Named>> = { releases: 'release', deployments: 'deployment', builds: 'build' };
const DECISIONS: ReadonlySet<string> = new Set(['approve', 'reject']);
/** An id or a link to its page is shorter. */
const MAX_LENGTH = 1_500;

/** @param answer - the whole app, called with the address that is meant */
export function asNamed(
  deps: Pick<ApiDeps, 'store'>,
  answer: (request: Request, c: Context<ApiEnv>) => Response | Promise<Response>,
): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const path = await pathMeant(deps, c.req.path, c.req.method);
    if (path === undefined || path === c.req.path) return next();
    const url = new URL(c.req.url);
    url.pathname = path;
    // People see the address that they are at.
    if (!path.startsWith('/api/')) return c.redirect(`${path}${url.search}`, 302);
    return answer(new Request(url, c.req.raw), c);
  };
}

/** @returns `undefined` where no id is to be read, and for what names nothing */
async function pathMeant(deps: Pick<ApiDeps, 'store'>, path: string, method: string): Promise<string | undefined> {
  const [, prefix = '', kind = '', id = '', rest = ''] = /^(\/api)?\/([a-z]+)\/([^/]+)((?:\/.*)?)$/s.exec(path) ?? [];
  const text = decoded(id);
  if (text === undefined || text.length > MAX_LENGTH) return undefined;
  const { db } = deps.store;
  if (kind === 'environments') return environmentPath(db, `${prefix}/environments`, `${text}${rest}`);
  if (prefix !== '' && kind === 'logs') {
    const stream = method === 'GET' ? await streamMeant(deps, text) : undefined;
    return stream === undefined ? undefined : `/api/logs/${stream}${rest}`;
  }
  const wanted = KINDS[kind];
  if (wanted === undefined || (prefix === '' && method !== 'GET')) return undefined;
  const meant = await idMeant(deps, { text, wanted, doing: doingOf(method, rest) });
  return meant === undefined ? undefined : `${prefix}/${kind}/${encodeURIComponent(meant)}${rest}`;
}

function doingOf(method: string, rest: string): Doing {
  const verb = rest.slice(1);
  if (method === 'GET' && verb !== 'now') return 'look';
  return DECISIONS.has(verb) ? 'decide' : 'stop';
}

/** `shop.web.production`, `shop.web/production`: names have no dots of their own. */
async function environmentPath(db: ApiDeps['store']['db'], prefix: string, rest: string): Promise<string | undefined> {
  const parts = rest.split('/');
  const names: string[] = [];
  while (names.length < 3 && parts.length > 0) {
    const part = parts.shift() ?? '';
    // A name by itself is right or wrong as it stands; ids are copied from anywhere.
    names.push(...(part.includes('.') ? undressed(part).toLowerCase().split('.') : [part]));
  }
  const [project = '', service = '', environment = ''] = names;
  if (names.length !== 3 || !names.every(isName)) return undefined;
  const kept = await keptAs(db, { project, service });
  return [prefix, kept.project, kept.service, environment, ...parts].join('/');
}

/** A log is that of a build or a deployment: a release's is that of its build. */
async function streamMeant(deps: Pick<ApiDeps, 'store'>, text: string): Promise<string | undefined> {
  const { db } = deps.store;
  const named = parseLogStream(text);
  if (named) return logStream(named.kind, await keptId(db, named.id));
  const selector = await selectorMeant(db, text);
  if (selector?.kind === 'deployment') return logStream('deployment', selector.id);
  const build = await idMeant(deps, { text, wanted: 'build', doing: 'look' });
  return build === undefined ? undefined : logStream('build', build);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
