import type { ServiceKey } from '../core/keys.ts';
import type { EnvironmentSettings } from '../config/service.ts';

/** One release as it would be made. */
export interface PlannedRelease {
  readonly key: ServiceKey;
  readonly ref: string;
  readonly commit: string;
  readonly subject: string;
  readonly environments: readonly EnvironmentSettings[];
  /** The image that it would use again; `null`: it would be built. */
  readonly digest: string | null;
}

/** The releases that a trigger would lead to. */
export interface DeliveryPlan {
  readonly releases: readonly PlannedRelease[];
  /** Reasons why nothing (more) would be released. */
  readonly skipped: readonly string[];
  /** Settings in landfall.yaml that will hardly come true, with line and column. */
  readonly warnings?: readonly string[];
}
