import { createRoute, z } from '@hono/zod-openapi';
import { InstallationView } from '../../contracts/http/api.ts';
import { listInstallations } from '../../store/queries/installations.ts';
import { createRouter, json, type RouteDeps } from './router.ts';

const list = createRoute({
  method: 'get',
  path: '/',
  summary: 'Installations of the GitHub App, by the last answer of GitHub',
  responses: { 200: json(z.array(InstallationView), 'By account') },
});

/** Mounted at `/api/installations`. */
export function installationRoutes({ store }: RouteDeps) {
  return createRouter().openapi(list, async (c) => {
    const all = await listInstallations(store.db);
    return c.json(
      all.map(({ installationId: id, readAt, ...facts }) => ({ id, ...facts, readAt: readAt.toISOString() })),
      200,
    );
  });
}
