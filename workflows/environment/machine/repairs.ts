/** The places of an environment at which something else may run than what is live. */
import type { DeploymentResult, EnvironmentState, Repair } from '../../../contracts/deployment/deployment.ts';
import { howManyFit } from '../../lib/bounded.ts';
import { targetOf } from '../../deployment/target-request.ts';
import type { Running } from './state.ts';

/** Limit of what a new run is given to mend with. */
const MAX_CARRIED_BYTES = 300_000;
const MAX_WHY = 500;

/**
 * A place that the deployment does not go to keeps its own: the environment's target was another one then.
 *
 * @param ran - the deployment that has ended
 */
export function repairsAfter(
  repairs: readonly Repair[],
  { request, version }: Pick<Running, 'request' | 'version'>,
  { outcome, disrepair }: Pick<DeploymentResult, 'outcome' | 'disrepair'>,
): readonly Repair[] {
  const { places, switchMs } = request.environment.target;
  const undo = targetOf({ request, generation: version.generation });
  const way = { undo, ...(switchMs !== undefined && { switchMs }) };
  const isOurs = ({ queue }: Repair) => places.some((place) => place.queue === queue);
  const elsewhere = repairs.filter((one) => !isOurs(one));
  if (disrepair) return [...disrepair.map((one) => ({ ...one, ...(one.before && way) })), ...elsewhere];
  // The live version is live at these places alone.
  if (outcome === 'live') return [];
  if (outcome === 'rolled_back') return elsewhere;
  // However else it ended, it may have raised the fence, and may have mended them: they are mended again in its name,
  // which does no harm.
  return repairs.map((one) => ({ ...one, ...(one.before && isOurs(one) && way) }));
}

/** The next run's repairs. One that does not fit is shown there, and mended by the next deployment only. */
export function carriedRepairs(repairs: readonly Repair[]): readonly Repair[] {
  const count = howManyFit(repairs, MAX_CARRIED_BYTES);
  return repairs.map((one, index) =>
    index < count ? one : { place: one.place, queue: one.queue, why: one.why.slice(0, MAX_WHY) },
  );
}

export const canBeMended = ({ undo, before }: Repair): boolean => undo !== undefined && before !== undefined;

export const splitOf = (repairs: readonly Repair[]): Pick<EnvironmentState, 'split'> =>
  repairs.length === 0 ? {} : { split: repairs.map(({ place, why }) => ({ place, why })) };
