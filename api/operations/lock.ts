/** A person keeps an environment for their own deployments, and gives it back. */
import type { Actor } from '../../contracts/core/actor.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { EnvironmentState } from '../../contracts/deployment/deployment.ts';
import { LOCK_DURATIONS, lockDuration } from '../../contracts/core/duration.ts';
import type { ApiDeps } from '../deps.ts';
import { HttpProblem } from '../http/problem.ts';

/**
 * @param time - such as `2h`
 * @throws {HttpProblem} 409 while it is somebody else's, 422 for a time that no lock has, 503, 504
 */
export async function lockEnvironment(
  { temporal }: Pick<ApiDeps, 'temporal'>,
  key: EnvironmentKey,
  { by, reason, time }: { readonly by: Actor; readonly reason: string; readonly time: string },
): Promise<EnvironmentState> {
  const forMs = lockDuration(time);
  if (forMs === undefined) throw new HttpProblem(422, 'InvalidRequest', `${time} is not ${LOCK_DURATIONS}.`);
  return temporal.lock(key, { by, reason, forMs });
}

export function unlockEnvironment(
  { temporal }: Pick<ApiDeps, 'temporal'>,
  key: EnvironmentKey,
  { by, force = false }: { readonly by: Actor; readonly force?: boolean | undefined },
): Promise<EnvironmentState> {
  return temporal.unlock(key, { by, force });
}
