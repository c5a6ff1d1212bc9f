import { createRoute, z } from '@hono/zod-openapi';
import { randomUUID } from 'node:crypto';
import { DeclareService, ServiceView } from '../../contracts/http/api.ts';
import { serviceId } from '../../contracts/core/ids.ts';
import { isRefName } from '../../contracts/core/names.ts';
import { recordAudit } from '../../store/queries/audit.ts';
import { declareService } from '../../store/queries/services.ts';
import { listServices } from '../../store/queries/views.ts';
import { HttpProblem } from '../http/problem.ts';
import { body, createRouter, json, problem, type RouteDeps } from './router.ts';

const list = createRoute({
  method: 'get',
  path: '/',
  summary: 'Services and what is live in their environments',
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

/** Mounted at `/api/services`. */
export function serviceRoutes({ store, readCloneUrl }: RouteDeps) {
  return createRouter()
    .openapi(list, async (c) => c.json(await listServices(store.db), 200))
    .openapi(declare, async (c) => {
      const { project, service, branch, cloneUrl: given } = c.req.valid('json');
      const read = readCloneUrl(given);
      if ('why' in read) throw new HttpProblem(422, 'InvalidRequest', `cloneUrl ${read.why}`);
      const cloneUrl = read.url;
      if (!isRefName(branch))
        throw new HttpProblem(422, 'InvalidRequest', 'branch is not a branch name that git accepts.');

      const claim = await declareService(store.db, { project, service, cloneUrl, branch });
      if (!claim.ok) {
        throw new HttpProblem(409, 'Taken', `Project ${project} belongs to ${claim.by}. Choose another project name.`);
      }
      await recordAudit(store.db, {
        id: `service.declare/${serviceId({ project, service })}/${randomUUID()}`,
        at: Date.now(),
        actor: `token:${c.var.actor.name}`,
        action: 'service.declare',
        subject: serviceId({ project, service }),
        detail: `${cloneUrl} ${branch}`,
      });
      return c.json({ project, service }, 201);
    });
}
