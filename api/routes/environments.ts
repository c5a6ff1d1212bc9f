import { createRoute, z } from '@hono/zod-openapi';
import {
  DestroyBody,
  EnvironmentNow,
  EnvironmentStatus,
  EndMaintenanceBody,
  LockBody,
  MaintenanceBody,
  PauseBody,
  ResumeBody,
  RollbackBody,
  RollbackTarget,
  UnlockBody,
} from '../../contracts/http/people.ts';
import { createRollbackTargets } from '../operations/rollback-targets.ts';
import { environmentStatus, existingEnvironment, nowView } from '../operations/environment-status.ts';
import { destroyEnvironment } from '../operations/destroy.ts';
import { lockEnvironment, unlockEnvironment } from '../operations/lock.ts';
import { endMaintenance, startMaintenance } from '../operations/maintenance.ts';
import { pauseEnvironment, resumeEnvironment } from '../operations/pause.ts';
import { rollBack } from '../operations/roll-back.ts';
import { Name, body, createRouter, json, problem, releaseAccepted, type RouteDeps } from './router.ts';

const params = z.object({ project: Name, service: Name, environment: Name });
const PATH = '/{project}/{service}/{environment}';

const status = createRoute({
  method: 'get',
  path: PATH,
  summary: 'The artefact that runs in an environment, the one before, and the requests that wait, each with its reason',
  request: { params },
  responses: {
    200: json(EnvironmentStatus, 'The record; `now` is the account of the environment itself'),
    404: problem('No such environment'),
  },
});

const targets = createRoute({
  method: 'get',
  path: `${PATH}/rollback-targets`,
  summary: 'The versions that a rollback can bring back',
  request: { params },
  responses: {
    200: json(z.array(RollbackTarget), 'The last deployments that were live there, newest first, without the live one'),
    404: problem('No such environment'),
  },
});

/** A route that changes the state of an environment's queue. */
const change = <P extends string, S extends z.ZodType>(verb: P, summary: string, schema: S, required: boolean) =>
  createRoute({
    method: 'post',
    path: `${PATH}/${verb}` as const,
    summary,
    request: { params, body: { ...body(schema), required } },
    responses: {
      200: json(EnvironmentNow, 'The environment as it is now'),
      404: problem('No such environment'),
      409: problem("It is another person's lock"),
      422: problem('Not a valid request'),
      503: problem('Temporal is away'),
      504: problem('No worker answered'),
    },
  });

const lock = change('lock', "Keep everybody's deployments waiting but one's own", LockBody, true);
const unlock = change('unlock', 'Let what waits for the lock go on', UnlockBody, false);
const pause = change('pause', 'Begin nothing more; what runs goes on', PauseBody, true);
const resume = change('resume', 'End a pause, and the hold after a rollback by hand', ResumeBody, false);

const maintain = change(
  'maintenance',
  'Answer visitors with a page; deployments go on behind it',
  MaintenanceBody,
  false,
);
const maintained = change('maintenance/end', 'Let the service answer again', EndMaintenanceBody, false);

const destroy = createRoute({
  method: 'post',
  path: `${PATH}/destroy`,
  summary: 'Take everything of an environment away: containers, route, images, variables and secrets',
  description:
    'It goes on by itself: `GET` of the environment shows how far it is, and is answered with 404 once it is gone.',
  request: { params, body: body(DestroyBody) },
  responses: {
    202: json(EnvironmentNow, 'The environment as it is now'),
    404: problem('No such environment'),
    409: problem("It is another person's lock"),
    422: problem('Not its name'),
    503: problem('Temporal is away'),
    504: problem('No worker answered'),
  },
});

const rollback = createRoute({
  method: 'post',
  path: `${PATH}/rollback`,
  summary: 'Bring back what was live before, as a deployment of its own',
  request: { params, body: { ...body(RollbackBody), required: false } },
  responses: {
    202: releaseAccepted,
    404: problem('No such environment, or its image exists no more'),
    422: problem('Nothing to return to'),
    503: problem('Temporal is away'),
  },
});

/** Mounted at `/api/environments`. The audit trail is written by the environment itself. */
export function environmentRoutes(deps: RouteDeps) {
  const rollbackTargets = createRollbackTargets(deps);
  return createRouter()
    .openapi(status, async (c) => c.json(await environmentStatus(deps, c.req.valid('param')), 200))
    .openapi(targets, async (c) => {
      const { project, service, environment } = await existingEnvironment(deps, c.req.valid('param'));
      return c.json(await rollbackTargets({ project, service, environment }), 200);
    })
    .openapi(lock, async (c) => {
      const key = c.req.valid('param');
      const { reason, for: time } = c.req.valid('json');
      return c.json(nowView(await lockEnvironment(deps, key, { by: c.var.actor, reason, time })), 200);
    })
    .openapi(unlock, async (c) => {
      const key = c.req.valid('param');
      return c.json(nowView(await unlockEnvironment(deps, key, { ...c.req.valid('json'), by: c.var.actor })), 200);
    })
    .openapi(pause, async (c) => {
      const { reason } = c.req.valid('json');
      return c.json(nowView(await pauseEnvironment(deps, c.req.valid('param'), { by: c.var.actor, reason })), 200);
    })
    .openapi(resume, async (c) =>
      c.json(nowView(await resumeEnvironment(deps, c.req.valid('param'), { by: c.var.actor })), 200),
    )
    .openapi(maintain, async (c) => {
      const { reason, for: time } = c.req.valid('json');
      const asked = { by: c.var.actor, reason, time };
      return c.json(nowView(await startMaintenance(deps, c.req.valid('param'), asked)), 200);
    })
    .openapi(maintained, async (c) =>
      c.json(nowView(await endMaintenance(deps, c.req.valid('param'), { by: c.var.actor })), 200),
    )
    .openapi(destroy, async (c) => {
      const asked = { ...c.req.valid('json'), by: c.var.actor };
      const { state } = await destroyEnvironment(deps, c.req.valid('param'), asked);
      return c.json(nowView(state), 202);
    })
    .openapi(rollback, async (c) => {
      const key = c.req.valid('param');
      const asked = { ...c.req.valid('json'), by: c.var.actor };
      return c.json(await rollBack({ ...deps, rollbackTargets }, key, asked), 202);
    });
}
