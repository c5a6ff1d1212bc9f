/** Variables and secrets of an environment: listed, set and unset. A secret's value goes in and never comes out. */
import { createRoute, z } from '@hono/zod-openapi';
import { randomUUID } from 'node:crypto';
import { SecretsRotated, SetVariables, VariablesChanged, VariablesView } from '../../contracts/http/api.ts';
import { environmentId } from '../../contracts/core/ids.ts';
import { Secret } from '../../contracts/core/secret.ts';
import { MAX_VARIABLES, whyNotName, whyNotSetting } from '../../contracts/config/variables.ts';
import { onStore } from '../../store/failures.ts';
import { recordAudit } from '../../store/queries/audit.ts';
import { changeVariables, listVariables, rotateSecrets, type VariableChange } from '../../store/queries/variables.ts';
import { HttpProblem } from '../http/problem.ts';
import { deployChange } from '../operations/redeploy.ts';
import { Name, body, createRouter, json, problem, type RouteDeps } from './router.ts';
import { notFound } from '../http/problem.ts';

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
  const { store, secretsKeys } = deps;

  const change = async (wanted: Omit<VariableChange, 'by' | 'at'>, actor: string) => {
    const at = Date.now();
    const done = await onStore(() => changeVariables(store.db, secretsKeys, { ...wanted, by: actor, at }));
    if (done.changed.length === 0) return done;
    const action = wanted.set.length > 0 ? `${wanted.set[0]?.kind ?? 'variable'}.set` : 'variable.unset';
    await recordAudit(store.db, {
      id: `${action}/${environmentId(wanted.key)}/${done.revision}`,
      at,
      actor: `token:${actor}`,
      action,
      subject: environmentId(wanted.key),
      detail: `${done.changed.join(', ')}: revision ${done.revision}`,
    });
    return done;
  };

  return createRouter()
    .openapi(list, async (c) => c.json(await onStore(() => listVariables(store.db, c.req.valid('param'))), 200))
    .openapi(set, async (c) => {
      const key = c.req.valid('param');
      const { kind, values, deploy } = c.req.valid('json');
      const settings = Object.entries(values).map(([name, value]) => ({ name, kind, value: new Secret(value) }));
      const wrong = settings.map(whyNotSetting).filter((why) => why !== undefined);
      if (wrong.length > 0) throw new HttpProblem(422, 'InvalidRequest', wrong.join(' '));
      const changed = await change({ key, set: settings, unset: [] }, c.var.actor.name);
      return c.json(
        {
          ...changed,
          changed: [...changed.changed],
          deployment: await deployChange(deps, key, { changed, deploy, actor: c.var.actor }),
        },
        200,
      );
    })
    .openapi(unset, async (c) => {
      const key = c.req.valid('param');
      const { name, deploy } = c.req.valid('query');
      const names = [...new Set([name].flat())];
      const known = new Set((await listVariables(store.db, key)).variables.map((one) => one.name));
      const unknown = names.filter((one) => !known.has(one));
      if (unknown.length > 0) {
        const shown = unknown.map((one) => (whyNotName(one) === undefined ? one : 'something that is no name'));
        throw notFound(`${environmentId(key)} has no ${shown.join(', ')}. Nothing was unset.`);
      }
      const changed = await change({ key, set: [], unset: names }, c.var.actor.name);
      const wanted = { changed, deploy: deploy === 'true', actor: c.var.actor };
      return c.json(
        { ...changed, changed: [...changed.changed], deployment: await deployChange(deps, key, wanted) },
        200,
      );
    })
    .openapi(rotate, async (c) => {
      const [{ id }] = secretsKeys;
      const resealed = await onStore(() => rotateSecrets(store.db, secretsKeys));
      await recordAudit(store.db, {
        id: `secrets.rotate/${randomUUID()}`,
        at: Date.now(),
        actor: `token:${c.var.actor.name}`,
        action: 'secrets.rotate',
        subject: 'secrets',
        detail: `${resealed} sealed with key ${id}`,
      });
      return c.json({ key: id, resealed }, 200);
    });
}
