/** A person brings back what was live before. */
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../contracts/core/actor.ts';
import { requestWorkflowId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { ReleaseAccepted } from '../../contracts/http/api.ts';
import type { ApiDeps } from '../deps.ts';
import type { RollbackTargets } from '../ports.ts';
import { accepted } from './accepted.ts';
import { existingEnvironment } from './environment-status.ts';
import { targetMeant } from './target-meant.ts';

/**
 * Requests the version that was live before.
 *
 * @param asked - `to`: any id of what was live there; the one before by default
 * @returns empty lists while it is still being decided
 * @throws `NotFound`; `Ambiguous` when `to` may mean several, `InvalidRequest` when it means none;
 * `TemporalUnavailable`; or as the request is refused
 */
export async function rollBack(
  deps: Pick<ApiDeps, 'temporal' | 'store'> & { readonly rollbackTargets: RollbackTargets },
  named: EnvironmentKey,
  asked: { readonly to?: string | undefined; readonly requestId?: string | undefined; readonly by: Actor },
): Promise<ReleaseAccepted> {
  const { requestId = randomUUID(), by } = asked;
  const { project, service, environment } = await existingEnvironment(deps, named);
  const key = { project, service, environment };
  const to = asked.to === undefined ? null : await targetMeant(deps, key, asked.to);
  const workflowId = requestWorkflowId(requestId);
  const decided = await deps.temporal.requestRelease(
    { kind: 'rollback', requestKey: workflowId, ...key, to, actor: by },
    { workflowId },
  );
  return accepted(requestId, decided);
}
