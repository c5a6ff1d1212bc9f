/** The watch over live deployments after their end: it finds containers that crash in a loop. */
import type { FailureRecord } from '../core/failures.ts';
import type { EnvironmentKey } from '../core/keys.ts';
import type { SourceOrigin } from '../config/service.ts';

/** So many restarts within so long are a loop. */
export const CRASH_LOOP = { restarts: 3, withinMs: 10 * 60_000 } as const;

/** One live replica, and what is known of it. */
export interface WatchedReplica {
  readonly key: EnvironmentKey;
  readonly deploymentId: string;
  readonly generation: number;
  /** Restarts up to where counting begins; `null`: counting begins with this look. */
  readonly baseline: number | null;
  /** That it crashes in a loop is written down already. */
  readonly isKnown: boolean;
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
  /** Restarts by its policy, since a call started it. */
  readonly restarts: number;
  /** The last end of one that newly crashes in a loop, in words, without secrets. */
  readonly lastEnd?: string;
}

/** The report about a live deployment that crashes in a loop. */
export interface CrashLoop {
  readonly key: EnvironmentKey;
  readonly deploymentId: string;
  readonly commit: string;
  readonly digest: string;
  readonly origin: SourceOrigin;
  /** A failure opens an issue on GitHub. */
  readonly issues: boolean;
  readonly failure: FailureRecord;
}
