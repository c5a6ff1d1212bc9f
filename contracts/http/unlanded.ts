/** Releases that no list of deployments shows: what is being built, and builds that failed. */
import type { ReleaseView } from './api.ts';

/**
 * Those that have no deployment: under way, or ended and the newest of their service. A later release has taken the
 * place of an older one that ended so.
 *
 * @param releases - the newest first
 */
export function unlanded(releases: readonly ReleaseView[]): ReleaseView[] {
  const newest = new Map<string, string>();
  for (const { project, service, id } of releases) {
    const name = `${project}/${service}`;
    if (!newest.has(name)) newest.set(name, id);
  }
  return releases.filter(({ project, service, id, state, deployments }) => {
    if (deployments.length > 0 || state === 'completed') return false;
    return state === 'building' || state === 'deploying' || newest.get(`${project}/${service}`) === id;
  });
}
