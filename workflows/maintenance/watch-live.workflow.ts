import { isCancellation, log, proxyActivities } from '@temporalio/workflow';
import type { ReplicaActivities, WatchActivities } from '../../activities/watch/watch.port.ts';
import type { LiveNews, SeenReplica, WatchedPlace } from '../../contracts/deployment/live-replica.ts';
import { lookAtLive, upkeepCall as options } from '../lib/activity-options.ts';
import { crashLoopFound, outageFound, outageOver } from '../messages/environment.messages.ts';
import { reachEnvironment } from '../release/request-deployment.ts';
import { Upkeep } from './upkeep.ts';

const { listLive, recordSeen, newsTold } = proxyActivities<WatchActivities>(options);

/**
 * Looks once at what is live, and tells the environments whose version crashes in a loop, is down or hangs, and when it serves again.
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
    const found = await upkeep.part('crash loops and outages', recordSeen({ at, places: answered }));
    for (const news of found ?? []) if (await tell(news, at)) told.push(news.about.deploymentId);
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
    ...{ ...lookAtLive, taskQueue: queue, summary: `look at ${place}` },
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
async function tell(news: LiveNews, at: number): Promise<boolean> {
  const { deploymentId, key } = news.about;
  try {
    await reachEnvironment(key, (environment) => {
      switch (news.kind) {
        case 'crash-loop':
          return environment.signal(crashLoopFound, news.about);
        case 'outage':
          return environment.signal(outageFound, news.about);
        case 'recovery':
          return environment.signal(outageOver, news.about);
      }
    });
    await newsTold({ kind: news.kind, deploymentId, at });
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('an environment did not take the report of how its version fares', { deploymentId, error });
    return false;
  }
}
