import { createRoute, z } from '@hono/zod-openapi';
import { PromoteBody } from '../../contracts/http/people.ts';
import { promote } from '../operations/promote.ts';
import { Name, body, createRouter, problem, releaseAccepted, type RouteDeps } from './router.ts';

const promotion = createRoute({
  method: 'post',
  path: '/{project}/{service}/{environment}/promote',
  summary: 'Bring what is live in the environment before, the same image, as a deployment of its own',
  request: {
    params: z.object({ project: Name, service: Name, environment: Name }),
    body: { ...body(PromoteBody), required: false },
  },
  responses: {
    202: releaseAccepted,
    404: problem('No such environment, or the image exists no more'),
    409: problem('It is live there already'),
    422: problem('Nothing comes before this environment, or nothing is live there'),
    503: problem('Temporal is away'),
  },
});

/** Mounted at `/api/environments`. */
export function promoteRoutes(deps: RouteDeps) {
  return createRouter().openapi(promotion, async (c) => {
    const { requestId } = c.req.valid('json');
    return c.json(await promote(deps, c.req.valid('param'), { requestId, by: c.var.actor }), 202);
  });
}
