import { isCancellation, log, proxyActivities } from '@temporalio/workflow';
import type { ReplicaActivities, WatchActivities } from '../../activities/watch/watch.port.ts';
import type { CrashLoop, SeenReplica, WatchedPlace } from '../../contracts/deployment/live-replica.ts';
import { lookOnHost, upkeepCall as options } from '../lib/activity-options.ts';
import { crashLoopFound } from '../messages/environment.messages.ts';
import { reachEnvironment } from '../release/request-deployment.ts';
import { Upkeep } from './upkeep.ts';

const { listLive, recordSeen, crashLoopTold } = proxyActivities<WatchActivities>(options);

/**
 * Looks once at what is live, and tells the environments whose version crashes in a loop, once for each deployment.
 * A schedule runs it over and over. A host whose worker is away is looked at by a later run; no environment is
 * woken that has nothing to hear.
 */
export async function watchLive(): Promise<{
  readonly seen: number;
  /** Places that did not answer. */
  readonly away: readonly string[];
  readonly told: readonly string[];
}> {
  const upkeep = new Upkeep();
  const places = (await upkeep.part('what is live', listLive())) ?? [];
  const looks = await Promise.all(places.map(look));
  const answered = looks.filter((one) => one !== null);
  const away = places.filter((_, index) => looks[index] === null).map(({ place }) => place);
  const told: string[] = [];
  if (answered.length > 0) {
    const at = Date.now();
    const loops = await upkeep.part('crash loops', recordSeen({ at, places: answered }));
    for (const loop of loops ?? []) if (await tell(loop, at)) told.push(loop.deploymentId);
  }
  await upkeep.settle();
  return { seen: answered.reduce((sum, { replicas }) => sum + replicas.length, 0), away, told };
}

/** @returns `null` for a place that does not answer */
async function look({
  place,
  queue,
  replicas,
}: WatchedPlace): Promise<{ place: string; replicas: readonly SeenReplica[] } | null> {
  const { lookAtReplicas } = proxyActivities<ReplicaActivities>({
    ...{ ...lookOnHost, taskQueue: queue, summary: `look at ${place}` },
  });
  try {
    return { place, replicas: await lookAtReplicas(replicas) };
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.info('a place could not be looked at', { place, error });
    return null;
  }
}

/** @returns true when its environment has heard */
async function tell(loop: CrashLoop, at: number): Promise<boolean> {
  const { deploymentId, key } = loop;
  try {
    await reachEnvironment(key, (environment) => environment.signal(crashLoopFound, loop));
    await crashLoopTold({ deploymentId, at });
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('an environment did not take the report that its version crashes', { deploymentId, error });
    return false;
  }
}
