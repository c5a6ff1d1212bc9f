import { createRoute } from '@hono/zod-openapi';
import { WaitingJobs } from '../../contracts/http/people.ts';
import { waitingJobs } from '../operations/waiting-jobs.ts';
import { createRouter, json, type RouteDeps } from './router.ts';

const list = createRoute({
  method: 'get',
  path: '/',
  summary: 'Jobs of GitHub Actions that wait for an environment',
  responses: { 200: json(WaitingJobs, 'The newest first') },
});

/** Mounted at `/api/jobs`. */
export function jobRoutes(deps: RouteDeps) {
  return createRouter().openapi(list, async (c) => c.json(await waitingJobs(deps), 200));
}
