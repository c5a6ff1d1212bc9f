import { createRoute, z } from '@hono/zod-openapi';
import { CancelBody, DeploymentView } from '../../contracts/http/api.ts';
import { DEPLOYMENT_STATES } from '../../contracts/deployment/states.ts';
import { keptQuery } from '../../store/queries/names.ts';
import { listDeployments } from '../../store/queries/release-views.ts';
import { cancelDeployment } from '../operations/cancel.ts';
import { existingDeployment } from '../operations/existing.ts';
import { Id, Limit, Name, body, createRouter, json, problem, type RouteDeps } from './router.ts';

const list = createRoute({
  method: 'get',
  path: '/',
  summary: 'Deployments, newest first',
  description: 'With `state=live`: what was live, each with its digest, builder and the commits that it brought.',
  request: {
    query: z.object({
      project: Name.optional(),
      service: Name.optional(),
      environment: Name.optional(),
      /** Such as `live`: what runs now, and what ran before. */
      state: z.enum(DEPLOYMENT_STATES).optional(),
      limit: Limit,
    }),
  },
  responses: { 200: json(z.array(DeploymentView), 'The newest ones') },
});

const one = createRoute({
  method: 'get',
  path: '/{id}',
  summary: 'A deployment with its steps',
  request: { params: z.object({ id: Id }) },
  responses: { 200: json(DeploymentView, 'The deployment'), 404: problem('No such deployment') },
});

const cancel = createRoute({
  method: 'post',
  path: '/{id}/cancel',
  summary: 'Take a waiting deployment out of the queue, or have a running one undo what it did',
  request: { params: z.object({ id: Id }), body: { ...body(CancelBody), required: false } },
  responses: {
    202: json(
      z.object({ id: z.string(), state: z.string() }),
      'The environment has been told; the deployment ends as cancelled',
    ),
    404: problem('No such deployment'),
    409: problem('It has ended'),
    503: problem('Temporal is away'),
  },
});

/** Mounted at `/api/deployments`. */
export function deploymentRoutes(deps: RouteDeps) {
  const { store } = deps;
  return createRouter()
    .openapi(list, async (c) =>
      c.json(await listDeployments(store.db, await keptQuery(store.db, c.req.valid('query'))), 200),
    )
    .openapi(one, async (c) => c.json(await existingDeployment(deps, c.req.valid('param').id), 200))
    .openapi(cancel, async (c) => {
      const { id } = c.req.valid('param');
      const state = await cancelDeployment(deps, id, { by: c.var.actor, reason: c.req.valid('json').reason });
      return c.json({ id, state }, 202);
    });
}
