import { createRoute, z } from '@hono/zod-openapi';
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../contracts/core/actor.ts';
import { ReleaseAccepted } from '../../contracts/http/api.ts';
import { requestWorkflowId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import { PromoteBody } from '../../contracts/http/people.ts';
import { existingEnvironment } from '../operations/environment-status.ts';
import { accepted, assertReleased } from '../operations/accepted.ts';
import { Name, body, createRouter, json, problem, type RouteDeps } from './router.ts';

const promotion = createRoute({
  method: 'post',
  path: '/{project}/{service}/{environment}/promote',
  summary: 'Bring what is live in the environment before, the same image, as a deployment of its own',
  request: {
    params: z.object({ project: Name, service: Name, environment: Name }),
    body: { ...body(PromoteBody), required: false },
  },
  responses: {
    202: json(
      ReleaseAccepted,
      'Accepted. Both lists are empty while it is still being decided: ask again with the same requestId.',
    ),
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

/**
 * Asks for what is live in the environment before. Approvals, locks and freezes hold as for any deployment by hand.
 *
 * @returns empty lists while it is still being decided
 * @throws {HttpProblem} 404, 409 when it is live there already, 422 when there is nothing to take, 503
 */
export async function promote(
  deps: Pick<RouteDeps, 'store' | 'temporal'>,
  key: EnvironmentKey,
  { requestId = randomUUID(), by }: { readonly requestId?: string | undefined; readonly by: Actor },
): Promise<ReleaseAccepted> {
  const { project, service, environment } = await existingEnvironment(deps, key);
  const workflowId = requestWorkflowId(requestId);
  const decided = await deps.temporal.requestRelease(
    { kind: 'promote', requestKey: workflowId, project, service, environment, actor: by },
    { workflowId },
  );
  const answer = accepted(requestId, decided);
  assertReleased(answer);
  return answer;
}
