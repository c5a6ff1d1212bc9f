import type { MiddlewareHandler } from 'hono';
import type { ApiEnv } from '../deps.ts';

/**
 * Answers are about this moment and this person, so neither browser nor proxy keeps one (RFC 9111, 5.2.2.5), unless the
 * route says otherwise, as those of our own scripts and styles do.
 */
export const keptByNobody: MiddlewareHandler<ApiEnv> = async (c, next) => {
  await next();
  if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
};
