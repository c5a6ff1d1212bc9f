/**
 * The target of a rollback that names none, decided when its turn comes. It was ordered on the ground of what was live
 * then; several people may have ordered one, and other deployments may have ended since.
 */
import { shortCommit } from '../../../contracts/core/names.ts';
import type { DeploymentRequest, LiveDeployment } from '../../../contracts/deployment/deployment.ts';
import { FailureType } from '../../../contracts/core/failures.ts';
import type { FailureRecord } from '../../../contracts/core/failures.ts';

/** `go`: it is right as it is. `again`: back is somewhere else by now. */
type Verdict =
  | { readonly kind: 'go' }
  | { readonly kind: 'refused'; readonly failure: FailureRecord }
  | { readonly kind: 'again'; readonly from: LiveDeployment; readonly to: LiveDeployment };

type Rollback = Pick<DeploymentRequest, 'rollbackFrom' | 'rollbackTo'>;

/**
 * Never goes two back because two people ordered one, and never back from what has failed by itself.
 *
 * @param isSplit - somewhere may run what has failed, so that bringing back what is live takes it back there
 */
export function judgeRollback(
  { rollbackFrom, rollbackTo }: Rollback,
  live: LiveDeployment | null,
  previous: LiveDeployment | null,
  isSplit: boolean,
): Verdict {
  if (rollbackFrom === undefined || live?.deploymentId === rollbackFrom) return { kind: 'go' };
  if (live && live.deploymentId === rollbackTo) {
    if (isSplit) return { kind: 'go' };
    return refused(`${rollbackFrom} did not go live: ${rollbackTo} is what is live, and nothing is to be taken back.`);
  }
  // The other one who saw the same trouble was faster, and meant the same.
  if (live?.rollbackTo !== undefined && live.rollbackTo === rollbackTo) return { kind: 'go' };
  if (live?.rollbackTo !== undefined) {
    return refused(
      `${rollbackFrom} is not live any more: ${live.deploymentId} has brought back ${live.rollbackTo}. Name the deployment to go to with "to".`,
    );
  }
  if (live && previous) return { kind: 'again', from: live, to: previous };
  return refused(`${rollbackFrom} is not live any more, and nothing was live before what is.`);
}

/** The end of the one in whose place another one is ordered. */
export const orderedAgain = ({ rollbackFrom }: Rollback, from: LiveDeployment, to: LiveDeployment): FailureRecord => ({
  type: FailureType.Superseded,
  message: `${shortCommit(from.commit)} (${from.deploymentId}) went live after ${String(rollbackFrom)}, so back is ${shortCommit(to.commit)} (${to.deploymentId}) now; that is deployed in its place.`,
});

const refused = (message: string): Verdict => ({
  kind: 'refused',
  failure: { type: FailureType.Refused, message },
});
