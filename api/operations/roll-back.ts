/** A person brings back what was live before. */
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../contracts/core/actor.ts';
import { requestWorkflowId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { ReleaseAccepted } from '../../contracts/http/api.ts';
import type { ApiDeps } from '../deps.ts';
import { accepted } from './accepted.ts';

/**
 * Asks for what was live before.
 *
 * @returns empty lists while it is still being decided
 * @throws {HttpProblem} 503, or the failure's own when there is nothing to return to
 */
export async function rollBack(
  { temporal }: Pick<ApiDeps, 'temporal'>,
  key: EnvironmentKey,
  asked: { readonly to?: string | undefined; readonly requestId?: string | undefined; readonly by: Actor },
): Promise<ReleaseAccepted> {
  const { to = null, requestId = randomUUID(), by } = asked;
  const workflowId = requestWorkflowId(requestId);
  const decided = await temporal.requestRelease(
    { kind: 'rollback', requestKey: workflowId, ...key, to, actor: by },
    { workflowId },
  );
  return accepted(requestId, decided);
}
