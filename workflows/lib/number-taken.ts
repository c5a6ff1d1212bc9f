/** A release's number and commit together say which one it is: a store that was put back gives numbers twice. */
import { shortCommit } from '../../contracts/core/names.ts';
import type { DeploymentRequest } from '../../contracts/deployment/deployment.ts';
import { FailureType } from '../../contracts/core/failures.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';

type Numbered = Pick<DeploymentRequest, 'deploymentId'> & { readonly commit?: string };

/** The commit that is known under the request's number, where it is not the request's own. */
export function otherCommit(
  { deploymentId, commit }: Pick<DeploymentRequest, 'deploymentId' | 'commit'>,
  known: readonly (Numbered | null)[],
): string | undefined {
  return known.find((one) => one?.deploymentId === deploymentId && one.commit !== undefined && one.commit !== commit)
    ?.commit;
}

/** @param what - the thing that bears the number, as "Deployment shop.web.production.41" */
export function numberTaken(what: string, taken?: string): FailureRecord {
  const whose = taken === undefined ? 'something else' : `commit ${shortCommit(taken)}`;
  return {
    type: FailureType.NumberTaken,
    message:
      `${what} is ${whose} here: its number was given twice. The store was put back from an older copy, or the clock ` +
      'was set back. Nothing was deployed. Check the clock, then release the commit again; it gets a number of its own.',
  };
}
