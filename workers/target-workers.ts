import { Worker } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';
import type { PlaceDeps, PlaceEngine, ServedKind } from '../activities/targets/kind.port.ts';
import { noPages } from '../activities/targets/no-pages.ts';
import { createProveActivities } from '../activities/targets/prove.activities.ts';
import { SERVED_KINDS } from '../activities/targets/targets.ts';
import { common } from './options.ts';

interface TargetOptions extends PlaceDeps {
  readonly native: NativeConnection;
  readonly namespace: string;
  /** All that there are by default. */
  readonly kinds?: Readonly<Record<string, ServedKind>>;
}

/** The engines of places that several processes may serve, of whatever kind. */
export const placeEngines = (
  deps: Pick<PlaceDeps, 'clusters'>,
  kinds: Readonly<Record<string, ServedKind>> = SERVED_KINDS,
): readonly PlaceEngine[] => Object.values(kinds).flatMap((kind) => kind.engines?.(deps) ?? []);

/** One worker for each place of a target that this process serves, of whatever kind. It never knows the database. */
export async function createTargetWorkers({
  native,
  namespace,
  kinds = SERVED_KINDS,
  ...deps
}: TargetOptions): Promise<readonly Worker[]> {
  const places = await Promise.all(Object.values(kinds).map((kind) => kind.serve(deps)));
  return Promise.all(
    places.flat().map(({ name, queue, activities }) =>
      Worker.create({
        ...common,
        connection: native,
        namespace,
        taskQueue: queue,
        activities: { ...noPages(name), ...activities, ...createProveActivities(activities) },
        maxConcurrentActivityTaskExecutions: 20,
        maxConcurrentActivityTaskPolls: 2,
      }),
    ),
  );
}
