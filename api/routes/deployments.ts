import { createRoute, z } from '@hono/zod-openapi';
import { randomUUID } from 'node:crypto';
import { CancelBody, DeploymentView } from '../../contracts/http/api.ts';
import { DEPLOYMENT_STATES, isDeploymentOutcome } from '../../contracts/deployment/states.ts';
import { recordAudit } from '../../store/queries/audit.ts';
import { findDeployment, listDeployments } from '../../store/queries/release-views.ts';
import { HttpProblem } from '../http/problem.ts';
import { CANCELLED, cancelReleaseById, type CancelAsked } from './releases.ts';
import { Id, Limit, Name, body, createRouter, json, notFound, problem, type RouteDeps } from './router.ts';

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
    .openapi(list, async (c) => c.json(await listDeployments(store.db, c.req.valid('query')), 200))
    .openapi(one, async (c) => c.json(await existing(deps, c.req.valid('param').id), 200))
    .openapi(cancel, async (c) => {
      const { id } = c.req.valid('param');
      const state = await cancelDeploymentById(deps, id, { by: c.var.actor, reason: c.req.valid('json').reason });
      return c.json({ id, state }, 202);
    });
}

async function existing({ store }: Pick<RouteDeps, 'store'>, id: string): Promise<DeploymentView> {
  const deployment = await findDeployment(store.db, id);
  if (!deployment) throw notFound(`There is no deployment ${id}.`);
  return deployment;
}

/**
 * Tells the environment to cancel it, or the release while it waits for approval there, and notes who asked.
 *
 * @returns the state that it was in
 * @throws {HttpProblem} 404, 409 with the state that it ended in, 503
 */
export async function cancelDeploymentById(
  { store, temporal }: Pick<RouteDeps, 'store' | 'temporal'>,
  id: string,
  request: CancelAsked,
): Promise<string> {
  const deployment = await existing({ store }, id);
  if (isDeploymentOutcome(deployment.state)) {
    throw new HttpProblem(
      409,
      'AlreadyEnded',
      `Deployment ${id} has ended (${deployment.state}); there is nothing to cancel.`,
      {},
      { state: deployment.state },
    );
  }
  // It has not reached its environment yet: it waits with its release.
  if (deployment.state === 'awaiting_approval') {
    await cancelReleaseById({ store, temporal }, deployment.releaseId, request);
    return deployment.state;
  }
  const { by, reason = CANCELLED, orderId = randomUUID() } = request;
  await temporal.cancelDeployment(deployment, { deploymentId: id, by: by.name, reason });
  await recordAudit(store.db, {
    id: `deployment.cancel/${id}/${orderId}`,
    at: Date.now(),
    actor: `${by.kind}:${by.name}`,
    action: 'deployment.cancel',
    subject: id,
    commit: deployment.commit,
    digest: deployment.digest,
    detail: reason,
  });
  return deployment.state;
}
