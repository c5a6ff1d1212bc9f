/** Gates that hold an environment's queue back, each with its author. All times in milliseconds since the epoch. */
import type { Actor } from '../core/actor.ts';
import type { GitHubOrigin, PlaceRef } from '../config/service.ts';
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

/** Ends the environment: everything of it is taken away. */
export interface DestroyRequest {
  readonly by: Actor;
  /** The newest release number of its service when it was ordered: what was released before does not come back there. */
  readonly through: number;
  /** The workflow that hears of the end: that of the preview that the environment belongs to. */
  readonly follower?: string;
}

/** The end of an environment. A later one of the same name begins anew, and knows no more of it than this. */
export interface DestroyedEnvironment extends Omit<DestroyRequest, 'follower'> {
  readonly at: number;
  /** No later deployment has a lower one. */
  readonly generation: number;
}

/** A place at which something of an environment is left, and the reason why it is not gone yet. */
export interface UnclearedPlace {
  readonly place: string;
  readonly why: string;
}

/** Input of the `destroy` workflow. */
export interface DestroyInput extends DestroyedEnvironment {
  readonly key: EnvironmentKey;
}

export type DestroyResult =
  /** Nothing of it is left. `notes`: what a person may want to know, in sentences. */
  | { readonly kind: 'gone'; readonly notes: readonly string[] }
  /** Something is left, and it is not tried any more. */
  | { readonly kind: 'failed'; readonly why: string };

/** Everything that Landfall has ever made of an environment, and that has to be taken away. */
export interface Remains {
  /** Every place that it was ever deployed to, also those that landfall.yaml names no more. */
  readonly places: readonly PlaceRef[];
  /** Deployments that wait for approval, each with the workflow in which it waits. */
  readonly waiting: readonly { readonly deploymentId: string; readonly workflowId: string }[];
  /** `null`: its source is not on GitHub, or it was never deployed to. */
  readonly gitHub: {
    readonly origin: GitHubOrigin;
    /** True when other services of the repository have an environment of this name, and keep it when this one ends. */
    readonly isShared: boolean;
    /** It is the preview of a pull request. */
    readonly isPreview?: true;
    /** Of its first deployment (a preview's: of any service), in milliseconds since the epoch. */
    readonly firstAt: number;
  } | null;
}
