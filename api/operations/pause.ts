/** A person has an environment begin nothing more, and lets it go on. */
import type { Actor } from '../../contracts/core/actor.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { EnvironmentState } from '../../contracts/deployment/deployment.ts';
import type { ApiDeps } from '../deps.ts';
import { existingEnvironment } from './environment-status.ts';

type Deps = Pick<ApiDeps, 'store' | 'temporal'>;

/** The running deployment goes on. @throws `NotFound`, `TemporalUnavailable`, `WorkerUnavailable` */
export async function pauseEnvironment(
  deps: Deps,
  named: EnvironmentKey,
  request: { readonly by: Actor; readonly reason: string },
): Promise<EnvironmentState> {
  const { project, service, environment } = await existingEnvironment(deps, named);
  return deps.temporal.pause({ project, service, environment }, request);
}

/** Ends a pause, and the hold after a rollback by hand. @throws as {@link pauseEnvironment} */
export async function resumeEnvironment(
  deps: Deps,
  named: EnvironmentKey,
  { by }: { readonly by: Actor },
): Promise<EnvironmentState> {
  const { project, service, environment } = await existingEnvironment(deps, named);
  return deps.temporal.resume({ project, service, environment }, { by });
}
