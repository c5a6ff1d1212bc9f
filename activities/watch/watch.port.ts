/** The activities of the `watchLive` workflow. */
import type { LiveNews, SeenReplica, WatchedPlace, WatchedReplica } from '../../contracts/deployment/live-replica.ts';

/** `createWatchActivities` in watch.activities.ts does it. */
export interface WatchActivities {
  /** The live replicas at each place: a bounded number, not always the same. @throws `StoreUnavailable` */
  listLive(): Promise<readonly WatchedPlace[]>;
  /**
   * Records the looks. A deployment that begins to crash in a loop, ceases to serve or serves again gets lines in its log and
   * an audit event.
   * @returns the news that have not been reported yet
   * @throws `StoreUnavailable`
   */
  recordSeen(seen: {
    /** The workflow's, so that telling twice is telling once. In milliseconds since the epoch. */
    readonly at: number;
    readonly places: readonly { readonly place: string; readonly replicas: readonly SeenReplica[] }[];
  }): Promise<readonly LiveNews[]>;
  /**
   * Notes that the environment has heard of it. A crash loop is reported once for each deployment, an outage once until it is over.
   * @throws `StoreUnavailable`
   */
  newsTold(told: {
    readonly kind: LiveNews['kind'];
    readonly deploymentId: string;
    readonly at: number;
  }): Promise<void>;
}

/** On a place's own queue; a kind of target does it beside its other operations. */
export interface ReplicaActivities {
  /** Looks only. @throws `EngineUnavailable` */
  lookAtReplicas(replicas: readonly WatchedReplica[]): Promise<readonly SeenReplica[]>;
}
