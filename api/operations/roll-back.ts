/** A person brings back what was live before. */
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../contracts/core/actor.ts';
import { requestWorkflowId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { ReleaseAccepted } from '../../contracts/http/api.ts';
import type { ApiDeps } from '../deps.ts';
import type { RollbackTargets } from '../ports.ts';
import { accepted } from './accepted.ts';
import { targetMeant } from './target-meant.ts';

/**
 * Asks for what was live before.
 *
 * @param asked - `to`: any id of what was live there; the one before by default
 * @returns empty lists while it is still being decided
 * @throws {HttpProblem} 409 when `to` may mean several, 422 when it means none, 503, or the failure's own when there is
 *   nothing to return to
 */
export async function rollBack(
  deps: Pick<ApiDeps, 'temporal' | 'store'> & { readonly rollbackTargets: RollbackTargets },
  key: EnvironmentKey,
  asked: { readonly to?: string | undefined; readonly requestId?: string | undefined; readonly by: Actor },
): Promise<ReleaseAccepted> {
  const { requestId = randomUUID(), by } = asked;
  const to = asked.to === undefined ? null : await targetMeant(deps, key, asked.to);
  const workflowId = requestWorkflowId(requestId);
  const decided = await deps.temporal.requestRelease(
    { kind: 'rollback', requestKey: workflowId, ...key, to, actor: by },
    { workflowId },
  );
  return accepted(requestId, decided);
}
