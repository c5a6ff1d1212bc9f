import { createRoute, z } from '@hono/zod-openapi';
import { CancelBody, ReleaseView, RequestRelease } from '../../contracts/http/api.ts';
import { keptQuery } from '../../store/queries/names.ts';
import { listReleases } from '../../store/queries/release-views.ts';
import { cancelRelease } from '../operations/cancel.ts';
import { existingRelease } from '../operations/existing.ts';
import { requestRelease } from '../operations/request-release.ts';
import { Id, Limit, Name, body, createRouter, json, problem, releaseAccepted, type RouteDeps } from './router.ts';

const ReleaseStopped = z.object({ id: z.string(), state: z.string() });

const request = createRoute({
  method: 'post',
  path: '/',
  summary: 'Release a branch or a commit of a service',
  request: { body: body(RequestRelease) },
  responses: {
    202: releaseAccepted,
    404: problem('No such service or commit'),
    422: problem('Not a valid request, or the landfall.yaml of that commit is not valid'),
    503: problem('Temporal is away'),
  },
});

const list = createRoute({
  method: 'get',
  path: '/',
  summary: 'Releases, newest first',
  request: { query: z.object({ project: Name.optional(), service: Name.optional(), limit: Limit }) },
  responses: { 200: json(z.array(ReleaseView), 'The newest ones') },
});

const one = createRoute({
  method: 'get',
  path: '/{id}',
  summary: 'A release with its build and deployments',
  request: { params: z.object({ id: Id }) },
  responses: { 200: json(ReleaseView, 'The release'), 404: problem('No such release') },
});

const cancel = createRoute({
  method: 'post',
  path: '/{id}/cancel',
  summary: 'Stop a release wherever it is',
  request: { params: z.object({ id: Id }), body: { ...body(CancelBody), required: false } },
  responses: {
    200: json(ReleaseStopped, 'It is stopping; what it has switched is taken back'),
    404: problem('No such release'),
    409: problem('It has ended'),
    504: problem('No worker answered'),
  },
});

/** Mounted at `/api/releases`. */
export function releaseRoutes(deps: RouteDeps) {
  const { store } = deps;
  return createRouter()
    .openapi(request, async (c) => {
      const asked = { ...c.req.valid('json'), by: c.var.actor };
      return c.json(await requestRelease(deps, asked), 202);
    })
    .openapi(list, async (c) =>
      c.json(await listReleases(store.db, await keptQuery(store.db, c.req.valid('query'))), 200),
    )
    .openapi(one, async (c) => c.json(await existingRelease(deps, c.req.valid('param').id), 200))
    .openapi(cancel, async (c) => {
      const { id } = c.req.valid('param');
      const reason = c.req.valid('json').reason;
      const { state } = await cancelRelease(deps, id, { by: c.var.actor, reason });
      return c.json({ id, state }, 200);
    });
}
