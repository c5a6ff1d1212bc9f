/**
 * The promises of every target, of any kind. A *place* is one independently reachable part of a target: a host,
 * a cluster, a region. The deployment workflow calls these operations place by place.
 *
 * Rules for every operation: it may run twice and be killed at any line; it refuses a generation older than the one
 * that it finds (`StaleGeneration`); it names what it creates after deployment and generation.
 */
import type { EnvironmentKey } from '../core/keys.ts';
import type { HealthSettings, KindSettings, RunSettings } from '../config/service.ts';
import type { VariablesOfRun } from '../config/variables.ts';

/** Everything that a target needs to know about one deployment, at one place. */
export interface TargetRequest {
  readonly key: EnvironmentKey;
  readonly deploymentId: string;
  /** The environment's counter; a fence, not a version. */
  readonly generation: number;
  /** `registry/name@sha256:…`, never a tag. */
  readonly image: string;
  readonly commit: string;
  readonly run: RunSettings;
  readonly health: HealthSettings;
  readonly kindSettings: KindSettings;
  /**
   * The revision of its variables. By default the newest when the deployment begins; a rollback names the one of
   * before.
   */
  readonly variablesRevision?: number;
  /** The run of the release command: a person may order another one after it has failed. The first when absent. */
  readonly releaseRun?: number;
}

/**
 * The version that ran at one place before anything was touched: enough to bring it back, even from nothing but the
 * registry.
 */
export interface Captured {
  readonly place: string;
  /** `null`: nothing ran here. Restoring then means removing what was added. */
  readonly running: CapturedRun | null;
}

export interface CapturedRun {
  readonly deploymentId: string;
  readonly generation: number;
  readonly image: string;
  readonly digest: string;
  readonly commit: string;
  readonly run: RunSettings;
  readonly health: HealthSettings;
  /** The settings of its kind that it was deployed with. */
  readonly kindSettings: KindSettings;
  /** The values that it was given; absent where none were set. */
  readonly variables?: VariablesOfRun;
}

export interface SwitchResult {
  /** The number of health attempts, 1 at best (requirements, E6). */
  readonly healthAttempts: number;
  /** The address of this place, e.g. `http://127.0.0.1:20080`. */
  readonly url: string;
}

export interface RestoreRequest {
  /** The deployment that is being taken back. */
  readonly request: TargetRequest;
  readonly captured: Captured;
}

/** One replica as the engine reports it. */
export interface Replica {
  readonly name: string;
  readonly deploymentId: string;
  readonly generation: number;
  /** Read from the engine, not from our own label. */
  readonly digest: string;
  readonly running: boolean;
  /** True when new requests reach it, by the proxy or the published port. */
  readonly serving: boolean;
}

export interface Observation {
  readonly place: string;
  readonly replicas: readonly Replica[];
  /** The result of our own probe, through the address that users use. `null`: nothing serves, so there was no probe. */
  readonly healthy: boolean | null;
  /** The reason why not, in words; empty when healthy. */
  readonly reason: string;
}

/** Takes an environment away from a place. */
export interface RemovalRequest {
  readonly key: EnvironmentKey;
  /** The environment's counter: nothing of a newer generation is touched, and nothing of an older one comes back. */
  readonly generation: number;
}

/** The things that {@link TargetActivities.finalize} must keep beside what serves. */
export interface FinalizeRequest {
  readonly request: TargetRequest;
  readonly captured: Captured;
}

/** One implementation per kind of target; the tests in `test/activities/targets/contract.ts` hold all of them to this. */
export interface TargetActivities {
  /**
   * Everything that can fail without touching what runs: engine reachable, disk, port, image pulled by digest.
   * With `recreate`, and before a release command, also whether the engine can start it.
   * @throws `InvalidConfiguration`, `EngineRefused`, `EngineUnavailable`, `DiskFull`, `PortTaken`, `RouteTaken`, `ImageNotFound`, `DigestMismatch`, `RegistryUnavailable`,
   * `StaleGeneration`, `StoreUnavailable`, `SecretUnreadable`
   */
  prepare(request: TargetRequest): Promise<void>;
  /** Describes what serves here now. Changes nothing. */
  capture(request: TargetRequest): Promise<Captured>;
  /**
   * Runs `run.release` once with the new image, its variables and secrets, and resolves when it has ended well. Called
   * again for the same `releaseRun` it follows what it began, and never begins it a second time: an end that cannot be
   * known is a failure.
   *
   * @throws `ReleaseCommandFailed` (final), and what {@link TargetActivities.prepare} throws
   */
  runOnce(request: TargetRequest): Promise<void>;
  /**
   * Brings the new version up, proves it healthy, moves traffic, drains. One call is one health attempt: it throws
   * the retryable `Unhealthy` or `ContainerExited` and goes on from where it was when called again; Temporal's retry
   * policy is the loop. A version that is already serving is success.
   */
  switchTo(request: TargetRequest): Promise<SwitchResult>;
  /** Describes what really runs, from the engine and the proxy. Changes nothing. */
  observe(request: TargetRequest): Promise<Observation>;
  /**
   * Back to what was captured; tolerates a switch that never happened or happened halfway. Verified by the caller with
   * {@link observe}. A full disk and a taken port are retryable here: giving up would leave neither version.
   */
  restore(request: RestoreRequest): Promise<void>;
  /** Removes what neither serves nor is the way back from what serves. A failure here never fails a deployment. */
  finalize(request: FinalizeRequest): Promise<void>;
  /**
   * All of it gone, image references included, but for the mark that keeps older generations away; tolerates absence.
   * @throws `StaleGeneration` where something newer runs
   */
  remove(request: RemovalRequest): Promise<void>;
  /** The names of what is left of an environment here, by the engine and the proxy. Changes nothing. */
  remains(request: RemovalRequest): Promise<readonly string[]>;
}
