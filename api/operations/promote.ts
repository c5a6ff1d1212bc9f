/** A person has the image that is live in one environment deployed to the next. */
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../contracts/core/actor.ts';
import type { ReleaseAccepted } from '../../contracts/http/api.ts';
import { requestWorkflowId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { ApiDeps } from '../deps.ts';
import { accepted, assertReleased } from './accepted.ts';
import { existingEnvironment } from './environment-status.ts';

/**
 * Asks for what is live in the environment before. Approvals, locks and freezes hold as for any deployment by hand.
 *
 * @returns empty lists while it is still being decided
 * @throws `NotFound`, `NothingReleased` for what is live there already, `TemporalUnavailable`; or as the request is refused
 */
export async function promote(
  deps: Pick<ApiDeps, 'store' | 'temporal'>,
  key: EnvironmentKey,
  { requestId = randomUUID(), by }: { readonly requestId?: string | undefined; readonly by: Actor },
): Promise<ReleaseAccepted> {
  const { project, service, environment } = await existingEnvironment(deps, key);
  const workflowId = requestWorkflowId(requestId);
  const decided = await deps.temporal.requestRelease(
    { kind: 'promote', requestKey: workflowId, project, service, environment, actor: by },
    { workflowId },
  );
  const answer = accepted(requestId, decided);
  assertReleased(answer);
  return answer;
}
