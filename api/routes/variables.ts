/** Variables and secrets of an environment: listed, set and unset. A secret's value goes in and never comes out. */
import { createRoute, z } from '@hono/zod-openapi';
import { SecretsRotated, SetVariables, VariablesChanged, VariablesView } from '../../contracts/http/api.ts';
import { MAX_VARIABLES } from '../../contracts/config/variables.ts';
import { onStore } from '../../store/failures.ts';
import { listVariables } from '../../store/queries/variables.ts';
import { rotateSecrets, setVariables, unsetVariables } from '../operations/variables.ts';
import { Name, body, createRouter, json, problem, type RouteDeps } from './router.ts';

const PATH = '/environments/{project}/{service}/{environment}/variables';
const params = z.object({ project: Name, service: Name, environment: Name });

const list = createRoute({
  method: 'get',
  path: PATH,
  summary: 'Variables and secrets of an environment; of a secret all but its value',
  request: { params },
  responses: { 200: json(VariablesView, 'By name') },
});

const set = createRoute({
  method: 'put',
  path: PATH,
  summary: 'Set variables or secrets, all as one change',
  description:
    'Those that are not named stay. Unless `deploy` is false, what is live there is deployed again with them: the same image, as a deployment of its own.',
  request: { params, body: body(SetVariables) },
  responses: {
    200: json(VariablesChanged, 'Stored; `deployment` says when it takes effect'),
    409: problem('A variable by the name of a secret, without `noLongerSecret`'),
    422: problem('A name or a value that cannot be taken, or too many'),
  },
});

const unset = createRoute({
  method: 'delete',
  path: PATH,
  summary: 'Unset variables and secrets by name, all as one change',
  request: {
    params,
    query: z.object({
      name: z.union([z.string(), z.array(z.string()).max(MAX_VARIABLES)]).openapi({ example: 'DATABASE_URL' }),
      deploy: z.enum(['true', 'false']).default('true'),
    }),
  },
  responses: {
    200: json(VariablesChanged, 'Stored; `deployment` says when it takes effect'),
    404: problem('One of them is not set'),
  },
});

const rotate = createRoute({
  method: 'post',
  path: '/secrets/rotate',
  summary: 'Seal every secret with the newest key',
  description: 'Afterwards the other keys are no longer needed. It may be repeated.',
  responses: { 200: json(SecretsRotated, 'Done'), 500: problem('A secret is sealed with a key that is not here') },
});

/** Mounted at `/api`. */
export function variableRoutes(deps: RouteDeps) {
  const { store } = deps;
  return createRouter()
    .openapi(list, async (c) => c.json(await onStore(() => listVariables(store.db, c.req.valid('param'))), 200))
    .openapi(set, async (c) => {
      const order = { ...c.req.valid('json'), by: c.var.actor };
      return c.json(await setVariables(deps, c.req.valid('param'), order), 200);
    })
    .openapi(unset, async (c) => {
      const { name, deploy } = c.req.valid('query');
      const order = { names: [...new Set([name].flat())], deploy: deploy === 'true', by: c.var.actor };
      return c.json(await unsetVariables(deps, c.req.valid('param'), order), 200);
    })
    .openapi(rotate, async (c) => c.json(await rotateSecrets(deps, { by: c.var.actor }), 200));
}
