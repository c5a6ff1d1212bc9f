import type { WatchedPlace, WatchedReplica } from '../../contracts/deployment/live-replica.ts';
import { logStream } from '../../contracts/deployment/logs.ts';
import type { LogSink } from '../logs/log-sink.port.ts';
import { NO_OUTAGE, nextOutage } from './count-outages.ts';
import { nextRestarts, windowAt } from './count-restarts.ts';
import type { LiveAudit, LiveLedger, ReplicaRecord } from './ledger.port.ts';
import type { WatchActivities } from './watch.port.ts';

/** Environments of one run: what is not looked at now is looked at within the next few. */
const MAX_ENVIRONMENTS = 200;
/** Each is one signal to an environment. */
const MAX_TOLD = 20;

export interface WatchDeps {
  readonly ledger: LiveLedger;
  readonly logs: LogSink;
}

/** See the port for what each promises. */
export function createWatchActivities({ ledger, logs }: WatchDeps): WatchActivities {
  return {
    async listLive() {
      const now = Date.now();
      await ledger.forgetGone();
      const live = await ledger.live(MAX_ENVIRONMENTS);
      const records = byPlace(await ledger.records(live.map(({ deploymentId }) => deploymentId)));
      const places = new Map<string, { place: string; queue: string; replicas: WatchedReplica[] }>();
      for (const { key, deploymentId, generation, since, places: of } of live) {
        for (const { name: place, queue } of of) {
          const record = records.get(idOf({ deploymentId, place }));
          const baseline = windowAt(record, now, since)?.restarts ?? null;
          const known = { isKnown: record !== undefined && record.crash !== null, isOut: Boolean(record?.outage) };
          const found = places.get(queue) ?? { place, queue, replicas: [] };
          found.replicas.push({ key, deploymentId, generation, baseline, ...known });
          places.set(queue, found);
        }
      }
      return [...places.values()] satisfies readonly WatchedPlace[];
    },

    async recordSeen({ at, places }) {
      const ids = [...new Set(places.flatMap(({ replicas }) => replicas.map(({ deploymentId }) => deploymentId)))];
      const live = new Map((await ledger.liveOf(ids)).map((one) => [one.deploymentId, one]));
      const known = byPlace(await ledger.records(ids));
      const next: ReplicaRecord[] = [];
      for (const { place, replicas } of places) {
        for (const replica of replicas) {
          const { deploymentId } = replica;
          const now = live.get(deploymentId);
          // Another one has gone live since.
          if (now === undefined) continue;
          const before = known.get(idOf({ deploymentId, place }));
          // A look that is repeated, or comes late.
          if (before && before.seenAt >= at) continue;
          const counted = nextRestarts(before, replica, { place, at, since: now.since });
          const isExcused = now.isChanging || counted.crash !== null;
          const look = { place, at, trouble: replica.trouble, isExcused };
          const outage = now.isListed ? nextOutage(before, look) : NO_OUTAGE;
          next.push({ deploymentId, place, ...counted, ...outage });
        }
      }
      for (const record of next) {
        const { deploymentId } = record;
        for (const { action, message, episode } of events(known.get(idOf(record)), record)) {
          await ledger.audit({ deploymentId, at, action, message, ...(episode !== undefined && { episode }) });
          const lines = message.split('\n').map((text) => ({ at, source: 'health' as const, text }));
          await logs.append(logStream('deployment', deploymentId), lines);
        }
      }
      await ledger.save(next);
      return ledger.untold(MAX_TOLD);
    },

    newsTold: ({ kind, deploymentId, at }) => ledger.told(kind, deploymentId, at),
  };
}

/** The crash loops and outages that began or ended with a look. */
function events(before: ReplicaRecord | undefined, { place, crash, outage }: ReplicaRecord) {
  const found: Pick<LiveAudit, 'action' | 'message' | 'episode'>[] = [];
  if (crash && !before?.crash) found.push({ action: 'deployment.crash_loop', message: crash.message });
  if (outage && !before?.outage)
    found.push({ action: 'deployment.not_serving', message: outage.message, episode: outage.since });
  if (!outage && before?.outage)
    found.push({ action: 'deployment.serves_again', message: `${place} serves again.`, episode: before.outage.since });
  return found;
}

const idOf = ({ deploymentId, place }: Pick<ReplicaRecord, 'deploymentId' | 'place'>): string =>
  `${deploymentId} ${place}`;

const byPlace = (records: readonly ReplicaRecord[]): ReadonlyMap<string, ReplicaRecord> =>
  new Map(records.map((record) => [idOf(record), record]));
