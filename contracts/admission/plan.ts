import type { ServiceKey } from '../core/keys.ts';
import type { EnvironmentSettings } from '../config/service.ts';

/** One release as it would be made. */
export interface PlannedRelease {
  readonly key: ServiceKey;
  readonly ref: string;
  readonly commit: string;
  readonly subject: string;
  readonly environments: readonly EnvironmentSettings[];
  /** Of the image that it would use again; `null`: it would be built. */
  readonly digest: string | null;
}

/** What a trigger would lead to. */
export interface DeliveryPlan {
  readonly releases: readonly PlannedRelease[];
  /** Why nothing (more) would be released. */
  readonly skipped: readonly string[];
  /** What landfall.yaml says and will hardly come true, with line and column. */
  readonly warnings?: readonly string[];
}
