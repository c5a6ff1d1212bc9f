import type { WatchedPlace, WatchedReplica } from '../../contracts/deployment/live-replica.ts';
import { logStream } from '../../contracts/deployment/logs.ts';
import type { LogSink } from '../logs/log-sink.port.ts';
import { nextRecord, windowAt } from './count-restarts.ts';
import type { LiveLedger, ReplicaRecord } from './ledger.port.ts';
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
      const known = byPlace(await ledger.records(live.map(({ deploymentId }) => deploymentId)));
      const places = new Map<string, { place: string; queue: string; replicas: WatchedReplica[] }>();
      for (const { key, deploymentId, generation, since, places: of } of live) {
        for (const { name: place, queue } of of) {
          const record = known.get(idOf({ deploymentId, place }));
          const baseline = windowAt(record, now, since)?.restarts ?? null;
          const isKnown = record !== undefined && record.crash !== null;
          const found = places.get(queue) ?? { place, queue, replicas: [] };
          found.replicas.push({ key, deploymentId, generation, baseline, isKnown });
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
          const since = live.get(deploymentId)?.since;
          // Another one has gone live since.
          if (since === undefined) continue;
          const before = known.get(idOf({ deploymentId, place }));
          // A look that is repeated, or comes late.
          if (before && before.seenAt >= at) continue;
          next.push(nextRecord(before, replica, { place, at, since }));
        }
      }
      for (const { deploymentId, place, crash } of next) {
        if (!crash || known.get(idOf({ deploymentId, place }))?.crash) continue;
        await ledger.audit(deploymentId, at, crash.message);
        const lines = crash.message.split('\n').map((text) => ({ at, source: 'health' as const, text }));
        await logs.append(logStream('deployment', deploymentId), lines);
      }
      await ledger.save(next);
      return ledger.untold(MAX_TOLD);
    },

    crashLoopTold: ({ deploymentId, at }) => ledger.told(deploymentId, at),
  };
}

const idOf = ({ deploymentId, place }: Pick<ReplicaRecord, 'deploymentId' | 'place'>): string =>
  `${deploymentId} ${place}`;

const byPlace = (records: readonly ReplicaRecord[]): ReadonlyMap<string, ReplicaRecord> =>
  new Map(records.map((record) => [idOf(record), record]));
