/** The store and Temporal, as far as ending lost work needs them. */
import type { BuildResult } from '../../contracts/deployment/build.ts';
import type { DeploymentResult } from '../../contracts/deployment/deployment.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { ReleaseInput, ReleaseResult } from '../../contracts/deployment/release.ts';
import type { HandedOver, LostRelease, WorkflowStanding } from '../../contracts/inbox/repair.ts';

/**
 * Work that the store calls under way and that began before a moment: a bounded number, not always the same.
 * `createUnderWayLedger` in store/queries/reconcile.ts implements it; all throw `StoreUnavailable`.
 */
export interface UnderWayLedger {
  releases(
    before: number,
    limit: number,
  ): Promise<readonly { readonly input: ReleaseInput; readonly requestKey: string }[]>;
  /** `release`: `null` when it is not known. */
  builds(
    before: number,
    limit: number,
  ): Promise<readonly { readonly buildId: string; readonly release: ReleaseInput | null }[]>;
  /** Deployments whose release has ended. `hasBegun`: it was admitted, so a target may have been touched. */
  deployments(
    before: number,
    limit: number,
  ): Promise<readonly { readonly deploymentId: string; readonly key: EnvironmentKey; readonly hasBegun: boolean }[]>;
  /** An end that is recorded already stays, here and below. */
  endRelease(releaseId: string, at: number, result: ReleaseResult): Promise<void>;
  /**
   * Releases that came by themselves, have ended as lost since then, and are not released again yet; none that is lost
   * over and over. A bounded number of them, not always the same.
   */
  lostLately(since: number, limit: number): Promise<readonly LostRelease[]>;
  /** Deliveries of these kinds that Temporal took before a moment and that are not settled; received since another one. */
  handedOver(
    which: { readonly kinds: readonly string[]; readonly since: number; readonly before: number },
    limit: number,
  ): Promise<readonly HandedOver[]>;
  /** True when the workflow of a delivery has admitted a release. */
  hasReleased(requestKey: string): Promise<boolean>;
  /** Notes that the delivery has come to its end: it is not listed again. */
  settleDelivery(delivery: HandedOver, at: number): Promise<void>;
  /** The inbox hands it over again, from `at` on. */
  returnDelivery(delivery: HandedOver, at: number): Promise<void>;
  endBuild(buildId: string, at: number, result: BuildResult): Promise<void>;
  endDeployment(at: number, result: DeploymentResult): Promise<void>;
}

/** `createEngineStatus` in api/temporal/engine-status.ts does it; all throw `TemporalUnavailable`. */
export interface Engine {
  standing(workflowId: string): Promise<WorkflowStanding>;
  /** The workflow's result; `undefined` when it did not end well. */
  resultOf<T>(workflowId: string): Promise<T | undefined>;
  /** True when the environment runs it or has it in its queue. */
  environmentHas(key: EnvironmentKey, deploymentId: string): Promise<boolean>;
}
