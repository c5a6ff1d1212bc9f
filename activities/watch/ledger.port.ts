/**
 * The watch's memory. `createLiveLedger` in store/queries/live-replicas.ts implements it; all throw `StoreUnavailable`.
 */
import type { CrashLoop } from '../../contracts/deployment/live-replica.ts';
import type { PlaceRef } from '../../contracts/config/service.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';

/** Times in milliseconds since the epoch. */
export interface ReplicaRecord {
  readonly deploymentId: string;
  readonly place: string;
  readonly restarts: number;
  readonly seenAt: number;
  /** The start of the count. */
  readonly window: { readonly at: number; readonly restarts: number };
  /** When more restarts than before were seen last; `null`: never. */
  readonly restartedAt: number | null;
  /** It crashes in a loop. */
  readonly crash: { readonly since: number; readonly message: string } | null;
}

export interface LiveDeploymentAt {
  readonly key: EnvironmentKey;
  readonly deploymentId: string;
  readonly generation: number;
  readonly since: number;
  readonly places: readonly PlaceRef[];
}

export interface LiveLedger {
  /** A bounded number of environments, left to chance. */
  live(limit: number): Promise<readonly LiveDeploymentAt[]>;
  liveOf(deploymentIds: readonly string[]): Promise<readonly LiveDeploymentAt[]>;
  records(deploymentIds: readonly string[]): Promise<readonly ReplicaRecord[]>;
  /** An older look than the one that is kept changes nothing. */
  save(records: readonly ReplicaRecord[]): Promise<void>;
  /** Once for each deployment. */
  audit(deploymentId: string, at: number, message: string): Promise<void>;
  /** Live deployments that crash in a loop and have not been reported. */
  untold(limit: number): Promise<readonly CrashLoop[]>;
  told(deploymentId: string, at: number): Promise<void>;
  /** Ends the watch of deployments that are not live any more. */
  forgetGone(): Promise<void>;
}
