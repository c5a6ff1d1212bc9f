/**
 * The version that has to run at each place when a deployment is taken back. A place may run something else than the
 * live version: a rollback failed there before, or its host was away. Bringing that back would make a failed version
 * the way back.
 */
import type { PlaceRef } from '../../contracts/config/service.ts';
import { shortCommit } from '../../contracts/core/names.ts';
import type { DeploymentInput } from '../../contracts/deployment/deployment.ts';
import type { Captured, CapturedRun } from '../../contracts/deployment/target.ts';

export interface Before {
  readonly captured: Captured;
  /** The reason why this may not be what was live; it is brought back for want of anything better. */
  readonly doubt?: string;
}

type Known = Pick<DeploymentInput, 'request' | 'live' | 'disrepair'>;

/**
 * Results are by the names of the deployment's places.
 *
 * @param captured - the version that runs there now; absent where it is not known
 */
export function whatWasLive(
  captured: ReadonlyMap<string, Captured>,
  { request, live, disrepair = [] }: Known,
): ReadonlyMap<string, Before> {
  const { places, kindSettings } = request.environment.target;
  const seen = places.flatMap(({ name }) => captured.get(name)?.running ?? []);
  // The environment may have moved: what ran at a place of another kind runs at none of these.
  const remembered = disrepair
    .flatMap(({ before }) => before?.running ?? [])
    .filter((run) => run.kindSettings.kind === kindSettings.kind);
  // A failed version is newer than the live one: without an environment the oldest of several is what was live
  // everywhere.
  const meant = live ?? oldest(seen);
  const liveRun = [...seen, ...remembered].find(({ deploymentId }) => deploymentId === meant?.deploymentId);

  const at = ({ name: place, queue }: PlaceRef): Before => {
    const running = captured.get(place)?.running ?? null;
    // A host and a cluster may be called alike; no two places have one queue.
    const before = disrepair.find((one) => one.queue === queue)?.before;
    // Nothing was ever live: what runs here is what failed.
    if (live === null && before) return { captured: before };
    if (running && running.deploymentId === meant?.deploymentId) return { captured: { place, running } };
    if (before && (before.running === null || !liveRun)) return { captured: before };
    // Nothing runs here, and nothing ought to: the place is new.
    if (!running && !before) return { captured: { place, running } };
    if (liveRun) return { captured: { place, running: liveRun } };
    const doubt = running && meant ? `runs ${named(running)}, but ${named(meant)} is live` : 'it is not known what ran';
    return { captured: { place, running }, doubt };
  };
  return new Map(places.map((place) => [place.name, at(place)]));
}

const oldest = (runs: readonly CapturedRun[]): CapturedRun | undefined =>
  runs.toSorted((one, other) => one.generation - other.generation)[0];

const named = ({ commit, deploymentId }: Pick<CapturedRun, 'commit' | 'deploymentId'>): string =>
  `${shortCommit(commit)} (${deploymentId})`;
