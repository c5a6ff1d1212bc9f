/** Values for the hosts that run what they belong to. Only those hosts read a secret. */
import { createRoute, z } from '@hono/zod-openapi';
import { HostValues } from '../../contracts/http/api.ts';
import { queuesOfToken } from '../../contracts/core/queues.ts';
import { environmentOf } from '../../contracts/core/ids.ts';
import { onStore } from '../../store/failures.ts';
import { isUnderWay, queuesOf } from '../../store/queries/in-progress.ts';
import { valuesOf } from '../../store/queries/variables.ts';
import { HttpProblem } from '../http/problem.ts';
import { Id, TOKEN_NAMES, createRouter, json, problem, type RouteDeps } from './router.ts';
import { notFound } from '../http/problem.ts';

const read = createRoute({
  method: 'get',
  path: '/{deployment}',
  summary: "A running deployment's variables and secrets (a host's own token)",
  request: {
    params: z.object({ deployment: Id }),
    query: z.object({
      revision: z.coerce.number().int().min(0).max(2_147_483_647).optional(),
      restoring: z.enum(['true', 'false']).default('false'),
    }),
  },
  responses: {
    200: json(HostValues, 'All of them; null when none were ever set'),
    403: problem('It does not run on this host'),
    404: problem('No such deployment'),
    409: problem('It has ended'),
    422: problem('No such revision'),
  },
});

/** Mounted at `/api/hosts/values`. */
export function hostVariableRoutes({ store, secretsKeys }: RouteDeps) {
  return createRouter().openapi(read, async (c) => {
    const { deployment } = c.req.valid('param');
    const { revision, restoring } = c.req.valid('query');
    const key = environmentOf(deployment);
    const underWay = await onStore(() => isUnderWay(store.db, deployment));
    if (!key || underWay === undefined) throw notFound(`There is no deployment ${deployment}.`);
    await assertRunsOn(store, deployment, c.var.actor.name);
    if (!underWay) {
      throw new HttpProblem(409, 'AlreadyEnded', `Deployment ${deployment} has ended; its values are not given out.`);
    }
    const asked = { key, deploymentId: deployment, restoring: restoring === 'true' };
    const question = { ...asked, ...(revision !== undefined && { revision }) };
    const values = await onStore(() => valuesOf(store.db, secretsKeys, question));
    c.header('cache-control', 'no-store');
    if (!values) return c.json(null, 200);
    const secrets = Object.entries(values.secrets).map(([name, value]) => [name, value.reveal()]);
    return c.json({ ...values, secrets: Object.fromEntries(secrets) as Record<string, string> }, 200);
  });
}

/** A host that is taken over must not read what runs elsewhere. @throws {HttpProblem} 403 */
async function assertRunsOn({ db }: RouteDeps['store'], deployment: string, host: string): Promise<void> {
  const own = queuesOfToken(host);
  if ((await onStore(() => queuesOf(db, deployment))).some((queue) => own.includes(queue))) return;
  throw new HttpProblem(
    403,
    'Forbidden',
    `Deployment ${deployment} does not run on ${host}, whose token this is. ${TOKEN_NAMES}`,
  );
}
