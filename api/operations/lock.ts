/** A person keeps an environment for their own deployments, and gives it back. */
import type { Actor } from '../../contracts/core/actor.ts';
import { LOCK_DURATIONS, lockDuration } from '../../contracts/core/duration.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { EnvironmentState } from '../../contracts/deployment/deployment.ts';
import type { ApiDeps } from '../deps.ts';
import { existingEnvironment } from './environment-status.ts';

type Deps = Pick<ApiDeps, 'store' | 'temporal'>;

interface Ordered {
  readonly by: Actor;
  /** A repeated request with the same one takes effect once. */
  readonly orderId?: string | undefined;
}

interface Lock extends Ordered {
  readonly reason: string;
  /** The lock ends after it: a text such as `2h`, or milliseconds; `null`: it stays until it is unlocked. */
  readonly time: string | number | null;
  /** See `LockRequest`. */
  readonly tiedTo?: string | undefined;
}

/**
 * @throws `NotFound`; `InvalidRequest` for a time that no lock has; `EnvironmentLocked` while the lock is another person's;
 *   `TemporalUnavailable`, `WorkerUnavailable`
 */
export async function lockEnvironment(deps: Deps, named: EnvironmentKey, wanted: Lock): Promise<EnvironmentState> {
  const { by, reason, time, tiedTo, orderId } = wanted;
  const { project, service, environment } = await existingEnvironment(deps, named);
  const forMs = typeof time === 'string' ? lockDuration(time) : time;
  if (forMs === undefined) throw failure(FailureType.InvalidRequest, `${String(time)} is not ${LOCK_DURATIONS}.`);
  const request = { by, reason, forMs, ...(tiedTo !== undefined && { tiedTo }) };
  return deps.temporal.lock({ project, service, environment }, request, once(orderId));
}

/** @throws `NotFound`; `EnvironmentLocked` for another person's lock without force; `TemporalUnavailable`, `WorkerUnavailable` */
export async function unlockEnvironment(
  deps: Deps,
  named: EnvironmentKey,
  { by, force = false, orderId }: Ordered & { readonly force?: boolean | undefined },
): Promise<EnvironmentState> {
  const { project, service, environment } = await existingEnvironment(deps, named);
  return deps.temporal.unlock({ project, service, environment }, { by, force }, once(orderId));
}

const once = (orderId: string | undefined) => (orderId === undefined ? {} : { updateId: orderId });
