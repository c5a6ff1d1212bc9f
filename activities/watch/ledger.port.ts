/**
 * The watch's memory. `createLiveLedger` in store/queries/live-replicas.ts implements it; all throw `StoreUnavailable`.
 */
import type { LiveNews } from '../../contracts/deployment/live-replica.ts';
import type { PlaceRef } from '../../contracts/config/service.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';

/** Times in milliseconds since the epoch. */
export interface RestartRecord {
  readonly restarts: number;
  readonly seenAt: number;
  /** The start of the count. */
  readonly window: { readonly at: number; readonly restarts: number };
  /** When more restarts than before were seen last; `null`: never. */
  readonly restartedAt: number | null;
  /** The crash loop that the replica is in; `null`: none. */
  readonly crash: { readonly since: number; readonly message: string } | null;
}

/** Times in milliseconds since the epoch. */
export interface OutageRecord {
  /** Looks in a row that have found the same; `null`: none has found anything. */
  readonly streak: { readonly serves: boolean; readonly since: number; readonly looks: number } | null;
  readonly outage: { readonly since: number; readonly message: string } | null;
  /** When the last outage was over; `null`: none was, or there is one. */
  readonly overAt: number | null;
}

export interface ReplicaRecord extends RestartRecord, OutageRecord {
  readonly deploymentId: string;
  readonly place: string;
}

export interface LiveDeploymentAt {
  readonly key: EnvironmentKey;
  readonly deploymentId: string;
  readonly generation: number;
  readonly since: number;
  readonly places: readonly PlaceRef[];
  /** A deployment of its environment is under way. */
  readonly isChanging: boolean;
  /** Its environment stands in landfall.yaml. What was taken out of it may have been ended on purpose. */
  readonly isListed: boolean;
}

/** For the audit trail. */
export interface LiveAudit {
  readonly deploymentId: string;
  readonly at: number;
  readonly action: 'deployment.crash_loop' | 'deployment.not_serving' | 'deployment.serves_again';
  readonly message: string;
  /** Tells apart several events of one deployment; without it the event is written once for each deployment. */
  readonly episode?: number;
}

export interface LiveLedger {
  /** A bounded number of environments, left to chance. */
  live(limit: number): Promise<readonly LiveDeploymentAt[]>;
  liveOf(deploymentIds: readonly string[]): Promise<readonly LiveDeploymentAt[]>;
  records(deploymentIds: readonly string[]): Promise<readonly ReplicaRecord[]>;
  /** An older look than the one that is kept changes nothing. */
  save(records: readonly ReplicaRecord[]): Promise<void>;
  /** A repeated event adds nothing. */
  audit(audit: LiveAudit): Promise<void>;
  /** Live deployments that crash in a loop, do not serve or serve again, and have not been reported. */
  untold(limit: number): Promise<readonly LiveNews[]>;
  told(kind: LiveNews['kind'], deploymentId: string, at: number): Promise<void>;
  /** Ends the watch of deployments that are not live any more. */
  forgetGone(): Promise<void>;
}
