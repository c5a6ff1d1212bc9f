import type { Context, Hono } from 'hono';
import type { ApiEnv } from '../deps.ts';
import { HttpProblem } from './problem.ts';

/** 405 with the methods that there are (RFC 9110, 15.5.6) when only the method is wrong, else 404. */
export function nothingThere(app: Hono<ApiEnv>, c: Context<ApiEnv>): HttpProblem {
  const methods = app.routes
    .filter(({ method, path }) => method !== 'ALL' && pattern(path).test(c.req.path))
    .map(({ method }) => method);
  if (methods.length === 0) return new HttpProblem(404, 'NotFound', `There is nothing at ${c.req.path}.`);
  const allowed = [...new Set([...methods, ...(methods.includes('GET') ? ['HEAD'] : [])])].toSorted().join(', ');
  return new HttpProblem(405, 'MethodNotAllowed', `${c.req.path} takes ${allowed}.`, { allow: allowed });
}

/** `/builds/:id` or `/assets/*` as an expression. The segments between slashes hold nothing else that is special. */
const pattern = (path: string): RegExp =>
  new RegExp(
    `^${path
      .replaceAll('.', '\\.')
      .replaceAll(/:\w+(?:\{[^}]*\})?/g, '[^/]+')
      .replaceAll('*', '.*')}$`,
  );
