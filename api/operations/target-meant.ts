import { FailureType, failure } from '../../contracts/core/failures.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { RollbackTarget } from '../../contracts/http/people.ts';
import { meantTargets } from '../commands/meant-targets.ts';
import type { ApiDeps } from '../deps.ts';
import type { RollbackTargets } from '../ports.ts';
import { selectorMeant } from '../../store/queries/kept-id.ts';

interface TargetDeps extends Pick<ApiDeps, 'store'> {
  readonly rollbackTargets: RollbackTargets;
}

/**
 * @param to - by either name of a moved service
 * @throws `Ambiguous` with the candidates when several are meant, `InvalidRequest` for a text that means none
 */
export async function targetMeant(
  { store, rollbackTargets }: TargetDeps,
  key: EnvironmentKey,
  to: string,
): Promise<string> {
  const selector = await selectorMeant(store.db, to);
  // The environment decides, when the request's turn comes, whether it was live there.
  if (selector?.kind === 'deployment') return selector.id;
  const all = await rollbackTargets(key);
  const [only, ...more] = selector ? meantTargets(all, key, selector.id) : [];
  if (only && more.length === 0) return only.deploymentId;
  const lists = (some: readonly RollbackTarget[]) => some.map(({ deploymentId }) => deploymentId).join(', ');
  if (only) {
    throw failure(FailureType.Ambiguous, `${to} may mean several: ${lists([only, ...more])}. Name one of them.`);
  }
  const there = all.length > 0 ? ` There is: ${lists(all)}.` : '';
  const message = selector
    ? `"to" names nothing that was live in ${key.environment} before.${there}`
    : `The body is not as expected. "to" is no id, number or commit.${there}`;
  throw failure(FailureType.InvalidRequest, message);
}
