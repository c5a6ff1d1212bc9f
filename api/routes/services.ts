import { createRoute, z } from '@hono/zod-openapi';
import { environmentId } from '../../contracts/core/ids.ts';
import { DeclareService, MoveName, ServiceView } from '../../contracts/http/api.ts';
import { DestroyBody } from '../../contracts/http/people.ts';
import { keptAs } from '../../store/queries/kept-name.ts';
import { keptQuery } from '../../store/queries/names.ts';
import { listServices } from '../../store/queries/views.ts';
import { declareService } from '../operations/declare-service.ts';
import { destroyService } from '../operations/destroy.ts';
import { rename } from '../operations/rename.ts';
import { Name, body, createRouter, json, problem, type RouteDeps } from './router.ts';

const list = createRoute({
  method: 'get',
  path: '/',
  summary: 'Services and what is live in their environments',
  description: 'By either name of each.',
  request: { query: z.object({ project: Name.optional(), service: Name.optional() }) },
  responses: { 200: json(z.array(ServiceView), 'All of them, by name') },
});

const declare = createRoute({
  method: 'post',
  path: '/',
  summary: 'Declare a service that lives at a public Git URL',
  description: 'Declaring it again changes its branch.',
  request: { body: body(DeclareService) },
  responses: {
    201: json(z.object({ project: z.string(), service: z.string() }), 'It can be released now'),
    409: problem('The project belongs to another repository'),
    422: problem('Not a URL or a branch that can be taken'),
  },
});

const move = createRoute({
  method: 'post',
  path: '/move',
  summary: 'Give a project, or a service of it, another name',
  description:
    'What is live, its secrets, locks and history stay as they are, under the ids that they have; both names mean it from now on, in landfall.yaml and everywhere else.',
  request: { body: body(MoveName) },
  responses: {
    200: json(z.object({ keptAs: z.string(), calledNow: z.string() }), 'It is called so now'),
    404: problem('There is no such project or service'),
    409: problem('The name is taken, or it would leave its project'),
  },
});

const destroy = createRoute({
  method: 'post',
  path: '/{project}/{service}/destroy',
  summary: 'Take everything of all environments of a service away',
  description: 'By either name. It goes on by itself: the service is listed until all of it is gone.',
  request: { params: z.object({ project: Name, service: Name }), body: body(DestroyBody) },
  responses: {
    202: json(z.object({ environments: z.array(z.string()) }), 'The environments that are being destroyed'),
    404: problem('No such service'),
    409: problem("It has no environments, or the lock of one is another person's"),
    422: problem('Not its name'),
    503: problem('Temporal is away'),
    504: problem('No worker answered'),
  },
});

/** Mounted at `/api/services`. */
export function serviceRoutes(deps: RouteDeps) {
  return createRouter()
    .openapi(list, async (c) => {
      const { project, service } = await keptQuery(deps.store.db, c.req.valid('query'));
      const all = await listServices(deps.store.db);
      const isMeant = (one: ServiceView) =>
        (project === undefined || one.project === project) && (service === undefined || one.service === service);
      return c.json(all.filter(isMeant), 200);
    })
    .openapi(move, async (c) => c.json(await rename(deps, { ...c.req.valid('json'), by: c.var.actor }), 200))
    .openapi(destroy, async (c) => {
      const { project, service } = await keptAs(deps.store.db, c.req.valid('param'));
      const asked = { ...c.req.valid('json'), by: c.var.actor };
      const all = await destroyService(deps, { project, service }, asked);
      return c.json({ environments: all.map(({ key }) => environmentId(key)) }, 202);
    })
    .openapi(declare, async (c) =>
      c.json(await declareService(deps, { ...c.req.valid('json'), by: c.var.actor }), 201),
    );
}
