import { FailureType, failure } from '../../../contracts/core/failures.ts';
import type { Captured } from '../../../contracts/deployment/target.ts';
import { assertRunsNothingNewer, look, servingVersion } from './look.ts';
import type { KubernetesPlace } from './place.ts';
import { capturedOf, type Run } from './run.ts';

/** The run that requests reach now. Changes nothing. */
export async function capture(place: KubernetesPlace, run: Run, signal: AbortSignal): Promise<Captured> {
  const seen = await look(place, run, signal);
  assertRunsNothingNewer(run, seen);
  const serving = servingVersion(seen);
  if (!serving) return { place: place.cluster.name, running: null };
  if (serving.run) return { place: place.cluster.name, running: capturedOf(serving.run) };
  throw failure(
    FailureType.EngineRefused,
    `${serving.name} in ${run.namespace} serves, and its annotations cannot be read, so it could not be brought back. Delete its Deployment with kubectl at a time when the service may be down, then deploy again.`,
  );
}
