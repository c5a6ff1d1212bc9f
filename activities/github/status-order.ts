import type { GitHubDeploymentState } from '../../contracts/deployment/states.ts';

/** In order of progress; the later four are where a deployment ends. */
const ORDER: readonly GitHubDeploymentState[] = [
  'queued',
  'pending',
  'in_progress',
  'success',
  'failure',
  'error',
  'inactive',
];
const isFinal = (state: GitHubDeploymentState): boolean => ORDER.indexOf(state) >= ORDER.indexOf('success');

/**
 * True when GitHub may get `next` while it shows `current`. Reports arrive late and repeatedly: one that would move a
 * deployment back, reopen a finished one or repeat the same state is left out (requirements, A3).
 *
 * @param current - as GitHub spells it; `undefined` or `none` when there is no status yet
 */
export function mayReport(current: string | undefined, next: GitHubDeploymentState): boolean {
  const shown = ORDER.find((state) => state === current);
  if (!shown) return true;
  // A former live deployment is marked inactive once another has taken its place.
  if (isFinal(shown)) return shown === 'success' && next === 'inactive';
  return ORDER.indexOf(next) > ORDER.indexOf(shown);
}
