import { Hono, type Context } from 'hono';
import { listDeliveries } from '../../store/queries/inbox.ts';
import {
  findBuild,
  findDeployment,
  findRelease,
  listDeployments,
  listReleases,
} from '../../store/queries/release-views.ts';
import { findEnvironment, listServices } from '../../store/queries/views.ts';
import type { ApiDeps, ApiEnv } from '../deps.ts';
import { reviveDelivery } from '../operations/revive-delivery.ts';
import { troubles } from '../operations/trouble.ts';
import { environmentId } from '../../contracts/core/ids.ts';
import type { ServiceView } from '../../contracts/http/api.ts';
import { unlanded } from '../../contracts/http/unlanded.ts';
import { DELIVERY } from '../../contracts/core/names.ts';
import { isDeploymentOutcome } from '../../contracts/deployment/states.ts';
import { deliveryViews } from '../routes/deliveries.ts';
import { cancelDeployment, cancelRelease } from '../operations/cancel.ts';
import { gateOf } from '../operations/decide.ts';
import { nowView } from '../routes/halts.ts';
import { idParam } from '../routes/router.ts';
import { notFound } from '../http/problem.ts';
import { withNow } from '../operations/environment-status.ts';
import { dashboard, liveNow, type EnvironmentStates } from './dashboard.ts';
import { deliveriesPage } from './deliveries.ts';
import { deploymentPage } from './deployment.ts';
import type { Html } from './format.ts';
import { layout } from './layout.ts';
import { presentName } from '../../contracts/http/present-name.ts';
import { waitingJobs } from '../operations/waiting-jobs.ts';
import { actionRoutes } from './actions.ts';
import { buildPage, releasePage } from './release.ts';

/** The number that fits on a page without a search. */
const LATEST = 20;
const DELIVERIES = 100;

/** The pages for people. Forms post here and lead back to the page that they came from. */
export function pageRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const { db } = deps.store;
  const page = (c: Context<ApiEnv>, title: string, main: Html) =>
    c.html(layout({ title, actor: c.var.actor.name, main }), 200, { 'cache-control': 'no-store' });

  const app = new Hono<ApiEnv>();
  app.get('/', async (c) => {
    const [services, latest, releases, jobs, needed] = await Promise.all([
      listServices(db),
      listDeployments(db, { limit: LATEST }),
      listReleases(db, { limit: LATEST }),
      waitingJobs(deps),
      troubles(deps),
    ]);
    return page(
      c,
      'Services',
      dashboard({
        ...{ services, latest, jobs, troubles: needed, states: await statesOf(deps, services) },
        builds: unlanded(releases),
      }),
    );
  });
  app.route('/', actionRoutes(deps));
  app.get('/deployments/:id', async (c) => {
    const found = await findDeployment(db, idParam(c));
    if (!found) throw notFound('There is no such deployment.');
    const environment = await findEnvironment(db, found);
    const isCurrent = environment?.live?.deploymentId === found.id;
    const now = isDeploymentOutcome(found.state) ? undefined : await deps.temporal.deploymentProgress(found.id);
    const gate = found.state === 'awaiting_approval' ? await gateOf(deps, found.id) : undefined;
    const main = deploymentPage(found, { isCurrent, now: now && nowView(found.id, now), gate });
    return page(c, `${presentName(found).service} → ${found.environment}`, main);
  });
  app.post('/deployments/:id/cancel', async (c) => {
    const id = idParam(c);
    await cancelDeployment(deps, id, { by: c.var.actor });
    return c.redirect(`/deployments/${id}`, 303);
  });
  app.get('/builds/:id', async (c) => {
    const found = await findBuild(db, idParam(c));
    if (!found) throw notFound('There is no such build.');
    return page(c, `Build ${found.id}`, buildPage(found));
  });
  app.get('/releases/:id', async (c) => {
    const found = await findRelease(db, idParam(c));
    if (!found) throw notFound('There is no such release.');
    return page(c, `Release ${found.id}`, releasePage(found, liveNow(await listServices(db))));
  });
  app.post('/releases/:id/cancel', async (c) => {
    const id = idParam(c);
    await cancelRelease(deps, id, { by: c.var.actor });
    return c.redirect(`/releases/${id}`, 303);
  });
  app.get('/deliveries', async (c) => {
    const rows = await listDeliveries(db, { limit: DELIVERIES });
    return page(c, 'Deliveries', deliveriesPage(await deliveryViews(db, rows)));
  });
  app.post('/deliveries/:id/retry', async (c) => {
    await reviveDelivery(deps, deliveryParam(c));
    return c.redirect('/deliveries', 303);
  });
  return app;
}

function deliveryParam(c: Context<ApiEnv>): string {
  const id = c.req.param('id') ?? '';
  if (DELIVERY.test(id)) return id;
  throw notFound('Nothing here has such a name.');
}

/** Asks all of them at once; one that does not answer costs a second. */
async function statesOf(deps: ApiDeps, services: readonly ServiceView[]): Promise<EnvironmentStates> {
  const all = services.flatMap(({ environments }) => environments);
  const statuses = await Promise.all(all.map((one) => withNow(deps, one)));
  return new Map(statuses.flatMap((one) => (one.now ? [[environmentId(one), one.now] as const] : [])));
}
