/** A person puts a page in front of an environment, and takes it away. */
import type { Actor } from '../../contracts/core/actor.ts';
import { LOCK_DURATIONS, lockDuration } from '../../contracts/core/duration.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { EnvironmentState } from '../../contracts/deployment/deployment.ts';
import type { ApiDeps } from '../deps.ts';
import { existingEnvironment } from './environment-status.ts';

type Deps = Pick<ApiDeps, 'store' | 'temporal'>;

interface MaintenanceOrder {
  readonly by: Actor;
  /** Shown to visitors; may be empty. */
  readonly reason: string;
  /** Such as `2h`; without one it stays until a person ends it. */
  readonly time?: string | undefined;
}

/**
 * @throws `NotFound`; `InvalidRequest` for a time that it cannot last; `EnvironmentLocked` while the lock is another person's;
 *   `Refused` where nothing is live; `InvalidConfiguration` where no page can stand; `TemporalUnavailable`,
 *   `WorkerUnavailable`
 */
export async function startMaintenance(
  deps: Deps,
  named: EnvironmentKey,
  { by, reason, time }: MaintenanceOrder,
): Promise<EnvironmentState> {
  const { project, service, environment } = await existingEnvironment(deps, named);
  const forMs = time === undefined ? null : lockDuration(time);
  if (forMs === undefined) throw failure(FailureType.InvalidRequest, `${String(time)} is not ${LOCK_DURATIONS}.`);
  return deps.temporal.startMaintenance({ project, service, environment }, { by, reason, forMs });
}

/** @throws `NotFound`; `EnvironmentLocked` while the lock is another person's; `TemporalUnavailable`, `WorkerUnavailable` */
export async function endMaintenance(
  deps: Deps,
  named: EnvironmentKey,
  by: { readonly by: Actor },
): Promise<EnvironmentState> {
  const { project, service, environment } = await existingEnvironment(deps, named);
  return deps.temporal.endMaintenance({ project, service, environment }, by);
}
