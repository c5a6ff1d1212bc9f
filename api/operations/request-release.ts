/** A person has a branch, a tag or a commit of a service released. */
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { Actor } from '../../contracts/core/actor.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { requestWorkflowId } from '../../contracts/core/ids.ts';
import { COMMIT, isRefName } from '../../contracts/core/names.ts';
import type { ReleaseAccepted, RequestRelease } from '../../contracts/http/api.ts';
import { onStore } from '../../store/failures.ts';
import { keptAs } from '../../store/queries/kept-name.ts';
import type { ApiDeps } from '../deps.ts';
import { accepted } from './accepted.ts';
import { assertStandingPreview } from './standing-preview.ts';

/**
 * Requests the release; the same `requestId` takes effect once.
 *
 * @returns empty lists while it is still being decided
 * @throws `InvalidRequest` for names that git refuses; `Refused` for a preview that is not there; `TemporalUnavailable`; or as the request is refused
 */
export async function requestRelease(
  { store, temporal }: Pick<ApiDeps, 'store' | 'temporal'>,
  { by, ...asked }: z.output<typeof RequestRelease> & { readonly by: Actor },
): Promise<ReleaseAccepted> {
  if (asked.ref !== undefined && !COMMIT.test(asked.ref) && !isRefName(asked.ref)) {
    throw failure(FailureType.InvalidRequest, 'ref is neither a full commit id nor a branch name that git accepts.');
  }
  if (asked.tag !== undefined && (asked.ref !== undefined || !isRefName(asked.tag))) {
    throw failure(
      FailureType.InvalidRequest,
      'tag is no tag name that git accepts, or stands beside ref: send one of the two.',
    );
  }
  const requestId = asked.requestId ?? randomUUID();
  const workflowId = requestWorkflowId(requestId);
  const { environment = null, ref = null, tag } = asked;
  const { project, service } = await onStore(() => keptAs(store.db, asked));
  if (environment !== null) await assertStandingPreview({ store }, { project, service, environment });
  const trigger = { kind: 'request', requestKey: workflowId, project, service, environment, ref, actor: by } as const;
  const decided = await temporal.requestRelease({ ...trigger, ...(tag !== undefined && { tag }) }, { workflowId });
  return accepted(requestId, decided);
}
