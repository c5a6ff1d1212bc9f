/** Common parts of the REST routes: a router that describes itself (OpenAPI), and the few shapes that recur. */
import { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { Problem, ReleaseAccepted } from '../../contracts/http/api.ts';
import { NAME } from '../../contracts/core/names.ts';
import { schemaSentence } from '../../contracts/core/schema-problems.ts';
import type { ApiDeps, ApiEnv } from '../deps.ts';
import { HttpProblem, notFound } from '../http/problem.ts';

/** A router whose requests are checked before the handler sees them. */
export function createRouter(): OpenAPIHono<ApiEnv> {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      // A path that cannot name anything names nothing.
      if (result.target === 'param') throw notFound('Nothing here has such a name.');
      const where = result.target === 'query' ? 'query' : 'body';
      throw new HttpProblem(422, 'InvalidRequest', `The ${where} is not as expected. ${schemaSentence(result.error)}`);
    },
  });
}

export type RouteDeps = ApiDeps;

/** Advice for who is refused what another place runs. */
export const TOKEN_NAMES = 'Tokens in LANDFALL_HOST_TOKENS_FILE bear the name of their host, or cluster/NAME.';

/** Our ids: names and numbers, separated by dots; a job's environment may hold `_` (contracts/github/protection.ts). */
export const Id = z.string().regex(/^[a-z0-9](?:[a-z0-9._-]{0,1198}[a-z0-9])?$/);
export const Name = z.string().regex(NAME);

/** The id in a page's address. @throws {HttpProblem} 404 for what cannot name anything */
export function idParam(c: Context<ApiEnv>): string {
  const id = Id.safeParse(c.req.param('id'));
  if (id.success) return id.data;
  throw notFound('Nothing here has such a name.');
}
export const Limit = z.coerce.number().int().min(1).max(200).default(50);

/** A JSON answer. */
export const json = <S extends z.ZodType>(schema: S, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** A JSON request body. */
export const body = <S extends z.ZodType>(schema: S) => ({
  required: true,
  content: { 'application/json': { schema } },
});

/** The form of every route's errors. */
export const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
});

/** The answer of everything that releases something. */
export const releaseAccepted = json(
  ReleaseAccepted,
  'Accepted. Both lists are empty while it is still being decided: ask again with the same requestId.',
);
