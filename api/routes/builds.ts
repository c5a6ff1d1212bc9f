import { createRoute, z } from '@hono/zod-openapi';
import { BuildView } from '../../contracts/http/api.ts';
import { findBuild } from '../../store/queries/release-views.ts';
import { notFound } from '../http/problem.ts';
import { Id, createRouter, json, problem, type RouteDeps } from './router.ts';

const build = createRoute({
  method: 'get',
  path: '/{id}',
  summary: 'A build with the time of each state',
  request: { params: z.object({ id: Id }) },
  responses: { 200: json(BuildView, 'The build'), 404: problem('No such build') },
});

/** Mounted at `/api/builds`. */
export function buildRoutes({ store }: RouteDeps) {
  return createRouter().openapi(build, async (c) => {
    const { id } = c.req.valid('param');
    const found = await findBuild(store.db, id);
    if (!found) throw notFound(`There is no build ${id}.`);
    return c.json(found, 200);
  });
}
