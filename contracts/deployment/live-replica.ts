/** The watch over live deployments after their end: it finds containers that crash in a loop, are down or hang. */
import type { FailureRecord } from '../core/failures.ts';
import type { EnvironmentKey, ServiceKey } from '../core/keys.ts';
import type { SourceOrigin } from '../config/service.ts';

/** So many restarts within so long are a loop. */
export const CRASH_LOOP = { restarts: 3, withinMs: 10 * 60_000 } as const;

/** So many looks in a row that find it not serving are an outage; so many that find it serving end that. */
export const OUTAGE = { looks: 3 } as const;

/** One live replica, and what is known of it. */
export interface WatchedReplica {
  readonly key: EnvironmentKey;
  readonly deploymentId: string;
  readonly generation: number;
  /** Restarts up to where counting begins; `null`: counting begins with this look. */
  readonly baseline: number | null;
  /** True when its crash loop is recorded already. */
  readonly isKnown: boolean;
  /** True when its outage is recorded already. */
  readonly isOut: boolean;
}

/** All of one place. */
export interface WatchedPlace {
  readonly place: string;
  /** The task queue of its workers. */
  readonly queue: string;
  readonly replicas: readonly WatchedReplica[];
}

export interface SeenReplica {
  readonly deploymentId: string;
  /** Restarts by its policy, since a call started it; `null`: its container is not there. */
  readonly restarts: number | null;
  /** The last end of one that newly crashes in a loop, in words, without secrets. */
  readonly lastEnd?: string;
  /**
   * The reason why it newly does not serve, in words, without secrets; `null`: it serves. Absent: this look does not
   * tell.
   */
  readonly trouble?: string | null;
}

/** The report about a live deployment that crashes in a loop. */
export interface CrashLoop {
  readonly key: EnvironmentKey;
  /** See `ReleaseInput.called`. */
  readonly called?: ServiceKey;
  readonly deploymentId: string;
  readonly commit: string;
  readonly digest: string;
  readonly origin: SourceOrigin;
  /** A failure opens an issue on GitHub. */
  readonly issues: boolean;
  readonly failure: FailureRecord;
}

/** The report about a live deployment that does not serve; `failure.type` is `NotServing`. */
export interface Outage extends CrashLoop {
  /** The time of the first look that found it so, in milliseconds since the epoch. */
  readonly since: number;
}

/** The report that a reported outage is over. */
export type Recovery = Pick<CrashLoop, 'key' | 'called' | 'deploymentId' | 'commit' | 'origin' | 'issues'>;

/** The news that an environment has to hear. */
export type LiveNews =
  | { readonly kind: 'crash-loop'; readonly about: CrashLoop }
  | { readonly kind: 'outage'; readonly about: Outage }
  | { readonly kind: 'recovery'; readonly about: Recovery };
