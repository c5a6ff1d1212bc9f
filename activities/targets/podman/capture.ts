import { FailureType, failure } from '../../../contracts/core/failures.ts';
import type { Captured } from '../../../contracts/deployment/target.ts';
import { assertRunsNothingNewer } from './fence.ts';
import { instancesOf, type PodmanPlace } from './place.ts';
import { capturedOf, type Run } from './container-spec.ts';

/** The run that requests reach now, also while it is down for the moment of a restart. Changes nothing. */
export async function capture(place: PodmanPlace, run: Run, signal: AbortSignal): Promise<Captured> {
  const instances = await instancesOf(place, run.key, signal);
  assertRunsNothingNewer(run, instances);
  // Two are chosen only where a switch was killed half-way; the newer one has proven itself.
  const serving = instances.find(({ chosen }) => chosen);
  if (!serving) return { place: place.host.name, running: null };
  if (serving.run) return { place: place.host.name, running: capturedOf(serving.run) };
  throw failure(
    FailureType.EngineRefused,
    `${serving.container.name} serves, and its labels cannot be read, so it could not be brought back. Remove it with "podman rm --force" at a time when the service may be down, then deploy again.`,
  );
}
