import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import type { ReleaseAccepted } from '../../contracts/http/api.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import { StepBody } from '../../contracts/http/halts.ts';
import { isName } from '../../contracts/core/names.ts';
import {
  DecisionBody,
  DestroyBody,
  LockBody,
  MaintenanceBody,
  PauseBody,
  PromoteBody,
  RollbackBody,
} from '../../contracts/http/people.ts';
import { DEPLOYMENT_STEPS, STEP_DECISIONS } from '../../contracts/deployment/steps.ts';
import { schemaSentence } from '../../contracts/core/schema-problems.ts';
import { findPromotionSource } from '../../store/queries/promotion-source.ts';
import type { ApiDeps, ApiEnv } from '../deps.ts';
import { createRollbackTargets } from '../operations/rollback-targets.ts';
import { environmentStatus } from '../operations/environment-status.ts';
import { parseForm } from '../http/form.ts';
import { HttpProblem } from '../http/problem.ts';
import { assertReleased } from '../operations/accepted.ts';
import { decide } from '../operations/decide.ts';
import { destroyEnvironment } from '../operations/destroy.ts';
import { lockEnvironment, unlockEnvironment } from '../operations/lock.ts';
import { endMaintenance, startMaintenance } from '../operations/maintenance.ts';
import { pauseEnvironment, resumeEnvironment } from '../operations/pause.ts';
import { rollBack } from '../operations/roll-back.ts';
import { decideStep, pauseDeployment, resumeDeployment } from '../operations/run-control.ts';
import { promote } from '../operations/promote.ts';
import { retryRelease } from '../operations/retry.ts';
import { idParam } from '../routes/router.ts';
import { notFound } from '../http/problem.ts';
import { destroyPage, promotePage, rollbackPage, unlockPage } from './confirm.ts';
import { environmentPage } from './environment.ts';
import type { Html } from './format.ts';
import { environmentPath } from './blocks.ts';
import { layout } from './layout.ts';
import { presentName } from '../../contracts/http/present-name.ts';

const MAX_FORM_BYTES = 8 * 1024;
const ENVIRONMENT = '/environments/:project/:service/:environment';
const DECISIONS = ['approve', 'reject'] as const;

/** An environment's page, and the forms with which people decide. Who may is decided where the decision is taken. */
export function actionRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const { store } = deps;
  const rollbackTargets = createRollbackTargets(deps);
  const app = new Hono<ApiEnv>();
  const onError = () => {
    throw new HttpProblem(413, 'TooLarge', 'The form is larger than any that a page of ours sends.');
  };
  app.use(`${ENVIRONMENT}/:verb`, bodyLimit({ maxSize: MAX_FORM_BYTES, onError }));

  app.get(ENVIRONMENT, async (c) => {
    const key = keyOf(c);
    const status = await environmentStatus(deps, key);
    const source = await findPromotionSource(store.db, key);
    const targets = await rollbackTargets(key);
    const main = environmentPage(status, { source, targets, actor: c.var.actor });
    const title = `${presentName(status).service} → ${key.environment}`;
    return c.html(layout({ title, actor: c.var.actor.name, main }), 200, { 'cache-control': 'no-store' });
  });
  app.get(`${ENVIRONMENT}/rollback`, async (c) => {
    const key = keyOf(c);
    const status = await environmentStatus(deps, key);
    const target = (await rollbackTargets(key)).find(({ deploymentId }) => deploymentId === c.req.query('to'));
    if (!target) throw notFound(`No such version was live in ${key.environment} before.`);
    return confirm(c, `Roll back ${key.environment}`, rollbackPage(status, target));
  });
  app.get(`${ENVIRONMENT}/promote`, async (c) => {
    const key = keyOf(c);
    const status = await environmentStatus(deps, key);
    const source = await findPromotionSource(store.db, key);
    if (!source) throw notFound(`Nothing can be promoted to ${key.environment} now.`);
    return confirm(c, `Promote to ${key.environment}`, promotePage(status, source));
  });
  app.get(`${ENVIRONMENT}/destroy`, async (c) => {
    const key = keyOf(c);
    return confirm(c, `Destroy ${key.environment}`, destroyPage(await environmentStatus(deps, key)));
  });
  app.get(`${ENVIRONMENT}/unlock`, async (c) => {
    const key = keyOf(c);
    const status = await environmentStatus(deps, key);
    if (!status.now?.lock) return c.redirect(environmentPath(key), 303);
    return confirm(c, `Unlock ${key.environment}`, unlockPage(status, status.now.lock));
  });
  app.post(`${ENVIRONMENT}/destroy`, async (c) => {
    const key = keyOf(c);
    const { confirm: typed } = await form(c, DestroyBody);
    await destroyEnvironment(deps, key, { by: c.var.actor, confirm: typed });
    return c.redirect(environmentPath(key), 303);
  });
  app.post(`${ENVIRONMENT}/lock`, async (c) => {
    const key = keyOf(c);
    const { reason, for: time } = await form(c, LockBody);
    await lockEnvironment(deps, key, { by: c.var.actor, reason, time });
    return c.redirect(environmentPath(key), 303);
  });
  app.post(`${ENVIRONMENT}/unlock`, async (c) => {
    const key = keyOf(c);
    const { force } = await form(c, z.strictObject({ force: z.literal('true').optional() }));
    await unlockEnvironment(deps, key, { by: c.var.actor, force: force !== undefined });
    return c.redirect(environmentPath(key), 303);
  });
  app.post(`${ENVIRONMENT}/maintenance`, async (c) => {
    const key = keyOf(c);
    const { reason, for: time } = await form(c, MaintenanceBody);
    await startMaintenance(deps, key, { by: c.var.actor, reason, time });
    return c.redirect(environmentPath(key), 303);
  });
  app.post(`${ENVIRONMENT}/maintenance-end`, async (c) => {
    const key = keyOf(c);
    await endMaintenance(deps, key, { by: c.var.actor });
    return c.redirect(environmentPath(key), 303);
  });
  app.post(`${ENVIRONMENT}/pause`, async (c) => {
    const key = keyOf(c);
    const { reason } = await form(c, PauseBody);
    await pauseEnvironment(deps, key, { by: c.var.actor, reason });
    return c.redirect(environmentPath(key), 303);
  });
  app.post(`${ENVIRONMENT}/resume`, async (c) => {
    const key = keyOf(c);
    await resumeEnvironment(deps, key, { by: c.var.actor });
    return c.redirect(environmentPath(key), 303);
  });
  app.post(`${ENVIRONMENT}/rollback`, async (c) => {
    const key = keyOf(c);
    const { to } = await form(c, RollbackBody);
    const asked = await rollBack({ ...deps, rollbackTargets }, key, { to, by: c.var.actor });
    return c.redirect(whereItIs(asked, environmentPath(key)), 303);
  });
  app.post(`${ENVIRONMENT}/promote`, async (c) => {
    const key = keyOf(c);
    await form(c, PromoteBody.omit({ requestId: true }));
    return c.redirect(whereItIs(await promote(deps, key, { by: c.var.actor }), environmentPath(key)), 303);
  });
  for (const decision of DECISIONS) {
    app.post(`/deployments/:id/${decision}`, bodyLimit({ maxSize: MAX_FORM_BYTES, onError }), async (c) => {
      const id = idParam(c);
      const asked = await form(c, DecisionBody);
      await decide(deps, id, { ...asked, decision, by: c.var.actor, via: 'page' });
      return c.redirect(`/deployments/${id}`, 303);
    });
  }
  app.post('/deployments/:id/pause', bodyLimit({ maxSize: MAX_FORM_BYTES, onError }), async (c) => {
    const id = idParam(c);
    const { reason } = await form(c, PauseBody);
    await pauseDeployment(deps, id, { by: c.var.actor, reason });
    return c.redirect(`/deployments/${id}`, 303);
  });
  app.post('/deployments/:id/resume', async (c) => {
    const id = idParam(c);
    await resumeDeployment(deps, id, c.var.actor);
    return c.redirect(`/deployments/${id}`, 303);
  });
  for (const decision of STEP_DECISIONS) {
    app.post(`/deployments/:id/steps/:step/${decision}`, bodyLimit({ maxSize: MAX_FORM_BYTES, onError }), async (c) => {
      const id = idParam(c);
      const step = DEPLOYMENT_STEPS.find((one) => one === c.req.param('step'));
      if (!step) throw notFound('Nothing here has such a name.');
      const { reason } = await form(c, StepBody);
      await decideStep(deps, id, { step, decision, by: c.var.actor, reason });
      return c.redirect(`/deployments/${id}`, 303);
    });
  }
  app.post('/releases/:id/retry', async (c) => {
    const id = idParam(c);
    const accepted = await retryRelease(deps, id, { by: c.var.actor });
    return c.redirect(whereItIs(accepted, `/releases/${id}`), 303);
  });
  return app;
}

const confirm = (c: Context<ApiEnv>, title: string, main: Html) =>
  c.html(layout({ title, actor: c.var.actor.name, main }), 200, { 'cache-control': 'no-store' });

function keyOf(c: Context<ApiEnv>): EnvironmentKey {
  const { project = '', service = '', environment = '' } = c.req.param();
  if ([project, service, environment].every(isName)) return { project, service, environment };
  throw notFound('Nothing here has such a name.');
}

/** The form's fields; those that were left empty are not there. @throws {HttpProblem} 422 */
async function form<S extends z.ZodType>(c: Context<ApiEnv>, schema: S): Promise<z.output<S>> {
  const fields = Object.entries(await parseForm(c)).filter(([, value]) => value !== '');
  const parsed = schema.safeParse(Object.fromEntries(fields));
  if (parsed.success) return parsed.data;
  throw new HttpProblem(422, 'InvalidRequest', `The form is not as expected. ${schemaSentence(parsed.error)}`);
}

/** The page of what was begun. @throws {HttpProblem} 409 when nothing was */
function whereItIs(accepted: ReleaseAccepted, undecided: string): string {
  assertReleased(accepted);
  const [id] = accepted.released;
  return id === undefined ? undecided : `/releases/${id}`;
}
