/** What the `watchLive` workflow asks. */
import type { CrashLoop, SeenReplica, WatchedPlace, WatchedReplica } from '../../contracts/deployment/live-replica.ts';

/** `createWatchActivities` in watch.activities.ts does it. */
export interface WatchActivities {
  /** What is live at each place: a bounded number of replicas, not always the same. @throws `StoreUnavailable` */
  listLive(): Promise<readonly WatchedPlace[]>;
  /**
   * Writes down what was seen. Whatever begins to crash in a loop gets a line in its deployment's log and an audit event.
   * @returns what crashes in a loop and was not told yet
   * @throws `StoreUnavailable`
   */
  recordSeen(seen: {
    /** The workflow's, so that telling twice is telling once. In milliseconds since the epoch. */
    readonly at: number;
    readonly places: readonly { readonly place: string; readonly replicas: readonly SeenReplica[] }[];
  }): Promise<readonly CrashLoop[]>;
  /** Its environment has heard of it: nobody is told again of this deployment. @throws `StoreUnavailable` */
  crashLoopTold(told: { readonly deploymentId: string; readonly at: number }): Promise<void>;
}

/** On a host's own queue; a kind of target does it beside its other operations. */
export interface ReplicaActivities {
  /** Looks only, and leaves out what is not there. @throws `EngineUnavailable` */
  lookAtReplicas(replicas: readonly WatchedReplica[]): Promise<readonly SeenReplica[]>;
}
