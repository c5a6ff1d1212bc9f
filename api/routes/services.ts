import { createRoute, z } from '@hono/zod-openapi';
import { randomUUID } from 'node:crypto';
import { DeclareService, MoveName, ServiceView } from '../../contracts/http/api.ts';
import { serviceId } from '../../contracts/core/ids.ts';
import { isRefName } from '../../contracts/core/names.ts';
import { onStore } from '../../store/failures.ts';
import { moveName, type Called, type Moved } from '../../store/queries/names.ts';
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

const calledIn = (text: string): Called => {
  const [project = '', service] = text.split('/');
  return { project, ...(service !== undefined && { service }) };
};
const inWords = ({ project, service }: Called): string => (service === undefined ? project : `${project}/${service}`);

/** Mounted at `/api/services`. */
export function serviceRoutes({ store, readCloneUrl }: RouteDeps) {
  return createRouter()
    .openapi(list, async (c) => c.json(await listServices(store.db), 200))
    .openapi(move, async (c) => {
      const { from, to } = c.req.valid('json');
      const moved = await onStore(() => moveName(store.db, calledIn(from), calledIn(to)));
      if (!moved.ok) throw notMoved(from, to, moved);
      const keptAs = inWords(moved.kept);
      await recordAudit(store.db, {
        id: `service.move/${keptAs}/${randomUUID()}`,
        at: Date.now(),
        actor: `token:${c.var.actor.name}`,
        action: 'service.move',
        subject: keptAs.replace('/', '.'),
        detail: `${from} is called ${to}`,
      });
      return c.json({ keptAs, calledNow: to }, 200);
    })
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

function notMoved(from: string, to: string, { why, kept }: Extract<Moved, { ok: false }>): HttpProblem {
  switch (why) {
    case 'unknown':
      return new HttpProblem(404, 'NotFound', `There is no ${from.includes('/') ? 'service' : 'project'} ${from}.`);
    case 'taken': {
      const whose =
        kept && inWords(kept) !== to ? `: it is what ${inWords(kept)} is called` : ', with a history of its own';
      return new HttpProblem(409, 'Taken', `${to} is there already${whose}. Choose another name.`);
    }
    case 'elsewhere':
      return new HttpProblem(
        409,
        'OtherProject',
        `A service stays in its project, which belongs to one repository: ${from} cannot become ${to}. Rename the project as a whole, or the service inside it. What another repository deploys begins anew, on ports of its own: set its secrets there, and remove ${from} when it serves.`,
      );
  }
}
