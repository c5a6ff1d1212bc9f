import type { WaitingJobs } from '../../contracts/http/people.ts';
import { protectionGateId } from '../../contracts/github/protection.ts';
import type { ApiDeps } from '../deps.ts';

/** Jobs of GitHub Actions that wait for an environment. Takes a second at most. */
export async function waitingJobs({
  temporal,
  gitHubApiUrl,
}: Pick<ApiDeps, 'temporal' | 'gitHubApiUrl'>): Promise<WaitingJobs> {
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

/** The API of github.com is a host of its own; that of an enterprise server is a path. */
const gitHubPages = (apiUrl: string): string =>
  apiUrl
    .replace(/\/$/, '')
    .replace(/^https:\/\/api\./, 'https://')
    .replace(/\/api\/v3$/, '');
