/** The activities of the delivery workflow. `createDeliveryActivities` in admission.activities.ts implements them. */
import type { Decision } from '../../contracts/admission/decision.ts';
import type { Trigger } from '../../contracts/admission/delivery.ts';
import type { DeliveryPlan } from '../../contracts/admission/plan.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import type { ProtectedJob, ProtectionRules } from '../../contracts/github/protection.ts';
import type { ReleaseInput } from '../../contracts/deployment/release.ts';
import type { SourceOrigin } from '../../contracts/config/service.ts';

export interface Admission {
  /** The releases to start. The same request key always gets the same ones. */
  readonly releases: readonly ReleaseInput[];
  readonly skipped: readonly string[];
  /** The decision for each service and environment that it could concern. */
  readonly decisions: readonly Decision[];
  readonly refused?: Refusal;
  /** Nothing is decided before these environments have reported what is live there: query them, then admit again. */
  readonly asks?: readonly string[];
}

/** A pushed commit that cannot be used as it is; its author sees the reason on the commit. */
export interface Refusal {
  readonly origin: SourceOrigin;
  readonly commit: string;
  readonly failure: FailureRecord;
}

export interface DeliveryActivities {
  /**
   * Reads the head and its `landfall.yaml`, decides which services it concerns, and gives each release its
   * sequence number. Settings come from the commit, environments from the default branch.
   * A push whose `landfall.yaml` cannot be used is `refused`; a request for such a commit throws `InvalidConfiguration`.
   * @throws `UnknownService`, `CommitNotFound`, `InvalidConfiguration`, `GitHub*`, `SourceUnavailable`; for an image
   *   also `InvalidRequest`, `ImageNotFound`, `DigestMismatch`, `Registry*`
   */
  admit(trigger: Trigger): Promise<Admission>;
  /**
   * The default branch's rules for the environment that a job wants to go to. @throws `GitHub*`, `InvalidConfiguration`
   */
  readRules(job: ProtectedJob): Promise<ProtectionRules>;
  /** The plan that {@link admit} would admit now; changes nothing. @throws like `admit` */
  plan(trigger: Trigger): Promise<DeliveryPlan>;
}
