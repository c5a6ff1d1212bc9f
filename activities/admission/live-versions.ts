/** The environment itself reports its live version; the store only has the data to run it again. */
import { activityInfo } from '@temporalio/activity';
import type { PastDeployment } from '../../contracts/admission/admission.ts';
import type { Standings } from '../../contracts/admission/delivery.ts';
import { failure } from '../../contracts/core/failures.ts';
import { own } from '../../contracts/core/keys.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { Catalogue } from './catalogue.port.ts';

/** The store learns of it a moment after the environment. If it does not know by then, it never will. */
const MAX_ATTEMPTS = 8;

/**
 * A deployment that its environment says went live there.
 *
 * @throws `StoreUnavailable` (retryable) while the store has not heard of it, `InvalidRequest` when it never will
 */
export async function knownDeployment(
  catalogue: Catalogue,
  key: EnvironmentKey,
  deploymentId: string,
): Promise<PastDeployment> {
  const found = await catalogue.pastDeployment(key, deploymentId);
  if (found) return found;
  if (activityInfo().attempt < MAX_ATTEMPTS) {
    throw failure(
      'StoreUnavailable',
      `The store does not know yet that ${deploymentId} was live. It will be read again.`,
    );
  }
  throw failure(
    'InvalidRequest',
    `${deploymentId} was live, but the store does not know it. Name another deployment with "to", or deploy a commit by name.`,
  );
}

/**
 * The live version, as the environment reports it; without that report, as the store has it.
 * @throws like {@link knownDeployment}
 */
export async function liveIn(
  catalogue: Catalogue,
  key: EnvironmentKey,
  standings: Standings | undefined,
): Promise<PastDeployment | undefined> {
  if (!standings) return catalogue.liveDeployment(key);
  const live = own(standings, key.environment)?.live;
  return live ? knownDeployment(catalogue, key, live.deploymentId) : undefined;
}
