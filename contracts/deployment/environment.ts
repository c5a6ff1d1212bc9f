/** Gates that hold an environment's queue back, each with its author. All times in milliseconds since the epoch. */
import type { Actor } from '../core/actor.ts';
import type { EnvironmentKey } from '../core/keys.ts';

/** Keeps all deployments waiting but those of its owner. */
export interface EnvironmentLock {
  readonly owner: Actor;
  readonly reason: string;
  readonly at: number;
  /** `null`: until a person unlocks it. */
  readonly expiresAt: number | null;
  readonly tiedTo?: string;
}

/** Keeps all deployments waiting; what runs goes on. */
export interface EnvironmentPause {
  readonly by: Actor;
  readonly reason: string;
  readonly at: number;
}

/** The hold after a rollback by hand: automatic deployments stay out until a person deploys or resumes by hand. */
export interface RollbackHold {
  readonly by: Actor;
  readonly at: number;
  /** The deployment that rolled back. */
  readonly deploymentId: string;
}

export interface LockRequest {
  readonly by: Actor;
  readonly reason: string;
  readonly forMs: number | null;
  /** The pull request or issue that the lock ends with (`lockTie` in comment.ts). */
  readonly tiedTo?: string;
}

export interface UnlockRequest {
  readonly by: Actor;
  /** Take away another person's lock, too. */
  readonly force: boolean;
  /** Only the lock that is tied to this, whoever owns it; any other stays, and that is no error. */
  readonly tiedTo?: string;
}

export interface PauseRequest {
  readonly by: Actor;
  readonly reason: string;
}

/** Ends a pause and a hold. */
export interface ResumeRequest {
  readonly by: Actor;
}

/** Asks an environment what it says of itself. */
export interface StateQuestion {
  readonly key: EnvironmentKey;
  /** A deployment that has to have ended by then. */
  readonly after?: string;
}
