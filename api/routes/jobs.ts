import { createRoute } from '@hono/zod-openapi';
import { WaitingJobs } from '../../contracts/http/people.ts';
import { protectionGateId } from '../../contracts/github/protection.ts';
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

/** Takes a second at most. Also on the board. */
export async function waitingJobs({
  temporal,
  gitHubApiUrl,
}: Pick<RouteDeps, 'temporal' | 'gitHubApiUrl'>): Promise<WaitingJobs> {
  const found = await temporal.waitingJobs();
  const jobs = (found ?? []).map((job) => {
    const { repository, environment, commit, runId, actor, since } = job;
    return {
      id: protectionGateId(job),
      ...{ repository, environment, commit, runId, actor },
      url: `${gitHubPages(gitHubApiUrl)}/${repository}/actions/runs/${runId}`,
      since: new Date(since).toISOString(),
    };
  });
  return { answered: found !== undefined, jobs };
}

/** Of github.com its API is a host of its own; of an enterprise server it is a path. */
const gitHubPages = (apiUrl: string): string =>
  apiUrl
    .replace(/\/$/, '')
    .replace(/^https:\/\/api\./, 'https://')
    .replace(/\/api\/v3$/, '');
