import { createRoute, z } from '@hono/zod-openapi';
import { RetryBody } from '../../contracts/http/people.ts';
import { retryRelease } from '../operations/retry.ts';
import { Id, body, createRouter, problem, releaseAccepted, type RouteDeps } from './router.ts';

const retry = createRoute({
  method: 'post',
  path: '/{id}/retry',
  summary: 'Request a failed or cancelled release again: the same commit, where it did not get to',
  request: { params: z.object({ id: Id }), body: { ...body(RetryBody), required: false } },
  responses: {
    202: releaseAccepted,
    404: problem('No such release'),
    409: problem('It has not ended, or it landed'),
    422: problem('The landfall.yaml of that commit is not valid'),
    503: problem('Temporal is away'),
  },
});

/** Mounted at `/api/releases`. */
export function retryRoutes(deps: RouteDeps) {
  return createRouter().openapi(retry, async (c) => {
    const asked = { ...c.req.valid('json'), by: c.var.actor };
    return c.json(await retryRelease(deps, c.req.valid('param').id, asked), 202);
  });
}
