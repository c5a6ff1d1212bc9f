/** The activities of the `watchLive` workflow. */
import type { CrashLoop, SeenReplica, WatchedPlace, WatchedReplica } from '../../contracts/deployment/live-replica.ts';

/** `createWatchActivities` in watch.activities.ts does it. */
export interface WatchActivities {
  /** The live replicas at each place: a bounded number, not always the same. @throws `StoreUnavailable` */
  listLive(): Promise<readonly WatchedPlace[]>;
  /**
   * Records the looks. A deployment that begins to crash in a loop gets a line in its log and an audit event.
   * @returns the crash loops that have not been reported yet
   * @throws `StoreUnavailable`
   */
  recordSeen(seen: {
    /** The workflow's, so that telling twice is telling once. In milliseconds since the epoch. */
    readonly at: number;
    readonly places: readonly { readonly place: string; readonly replicas: readonly SeenReplica[] }[];
  }): Promise<readonly CrashLoop[]>;
  /** Notes that the environment has heard of it: this deployment is not reported again. @throws `StoreUnavailable` */
  crashLoopTold(told: { readonly deploymentId: string; readonly at: number }): Promise<void>;
}

/** On a place's own queue; a kind of target does it beside its other operations. */
export interface ReplicaActivities {
  /** Looks only, and leaves out what is not there. @throws `EngineUnavailable` */
  lookAtReplicas(replicas: readonly WatchedReplica[]): Promise<readonly SeenReplica[]>;
}
