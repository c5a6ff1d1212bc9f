/** The one place that decides who may ask what. Every route is closed unless it is listed here. */
import type { Context, MiddlewareHandler } from 'hono';
import type { ApiDeps, ApiEnv } from '../deps.ts';
import { HttpProblem } from '../http/problem.ts';
import { isOwnOrigin } from './origin.ts';
import { readSession, type SessionDeps } from './session.ts';
import { bearer, findToken } from './tokens.ts';

/** Routes that are open to all: they check for themselves (webhook, login, deploy), or hold nothing of any person. */
export const PUBLIC_ROUTES: ReadonlySet<string> = new Set([
  'POST /api/webhooks/github',
  'GET /healthz',
  'GET /readyz',
  'GET /login',
  'POST /login',
  'GET /api/schema/landfall.json',
  'GET /assets/:file',
  'POST /deploy',
  'GET /deploy/:token',
]);

/** Routes of a host's own token alone: people do not write logs, and only hosts read secrets. */
const HOST_ROUTE = /^(?:POST \/api\/logs|GET \/api\/hosts\/(?:values|certificates))\/[^/]+$/;

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

type AuthDeps = SessionDeps & Pick<ApiDeps, 'hostTokens'>;

/**
 * Sets `actor`, or refuses.
 *
 * @throws {HttpProblem} 401 without credentials that we know, 403 for a cookie that another site sent along
 */
export function authorize(deps: AuthDeps): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const method = c.req.method === 'HEAD' ? 'GET' : c.req.method;
    const path = c.req.path.replace(/^(\/assets\/).*/s, '$1:file').replace(/^(\/deploy\/).+/s, '$1:token');
    if (PUBLIC_ROUTES.has(`${method} ${path}`)) return next();

    const name = HOST_ROUTE.test(`${method} ${path}`) ? hostName(c, deps) : await userName(c, deps);
    c.set('actor', { kind: 'token', name });
    return next();
  };
}

function hostName(c: Context<ApiEnv>, deps: AuthDeps): string {
  const presented = bearer(c.req.header('authorization'));
  const token = presented === undefined ? undefined : findToken(deps.hostTokens(), presented);
  if (!token) throw unauthorized("Send the host's own token: Authorization: Bearer <token>.");
  return token.name;
}

async function userName(c: Context<ApiEnv>, deps: AuthDeps): Promise<string> {
  const header = c.req.header('authorization');
  if (header !== undefined) {
    const presented = bearer(header);
    const token = presented === undefined ? undefined : findToken(deps.tokens(), presented);
    if (!token) throw unauthorized('The access token is not known here. Check it, or sign in at /login.');
    return token.name;
  }
  const session = await readSession(c, deps);
  if (!session) throw unauthorized('Send an access token (Authorization: Bearer <token>), or sign in at /login.');
  // A browser sends cookies along for other sites too; an Authorization header it does not.
  if (!SAFE_METHODS.has(c.req.method) && !isOwnOrigin(c, deps.publicUrl)) {
    throw new HttpProblem(403, 'CrossSite', 'This request came from another site. Use the page on this one.');
  }
  return session.name;
}

const unauthorized = (detail: string): HttpProblem =>
  new HttpProblem(401, 'Unauthorized', detail, { 'www-authenticate': 'Bearer realm="landfall"' });
