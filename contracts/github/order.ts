/** A person's order, through any door: a comment, a button on GitHub. Times in milliseconds. */
import type { Actor } from '../core/actor.ts';
import type { ApprovalState, DecisionRequest } from '../deployment/approval.ts';
import type { EnvironmentState } from '../deployment/deployment.ts';
import type { PreviewAnswer, PreviewWish, PullRef } from '../deployment/preview.ts';
import type { EnvironmentKey, ServiceKey } from '../core/keys.ts';

interface Placed {
  /** Placed again with the same id it is the same order, and takes effect once. At most 64 of `A-Z a-z 0-9 -`. */
  readonly orderId: string;
  readonly by: Actor;
}

export interface DecisionOrder extends Placed, Omit<DecisionRequest, 'by'> {
  readonly kind: 'decide';
}

export interface CancelOrder extends Placed {
  readonly kind: 'cancel';
  readonly what: { readonly releaseId: string } | { readonly deploymentId: string };
  readonly reason: string;
}

/** A failed or cancelled release again: the same commit, where it did not get to. */
export interface RetryOrder extends Placed {
  readonly kind: 'retry';
  readonly releaseId: string;
}

export interface LockOrder extends Placed {
  readonly kind: 'lock';
  readonly key: EnvironmentKey;
  /** What the service is called now; absent where that is the name that it is kept under. */
  readonly called?: ServiceKey;
  readonly reason: string;
  /** `null`: until a person unlocks it. */
  readonly forMs: number | null;
  /** See `LockRequest`. */
  readonly tiedTo?: string;
}

export interface UnlockOrder extends Placed {
  readonly kind: 'unlock';
  readonly key: EnvironmentKey;
  /** What the service is called now; absent where that is the name that it is kept under. */
  readonly called?: ServiceKey;
  /** Take away another person's lock, too. */
  readonly force: boolean;
}

/** Everything of these environments is taken away. */
export interface DestroyOrder extends Placed {
  readonly kind: 'destroy';
  readonly key: ServiceKey;
  readonly environments: readonly string[];
  /** What the service is called now; absent where that is the name that it is kept under. */
  readonly called?: ServiceKey;
}

export interface DeployOrder extends Placed {
  readonly kind: 'deploy';
  readonly key: ServiceKey;
  /** `null`: every environment that the service's own branch deploys to. */
  readonly environment: string | null;
  /** A branch, or a full commit id. `null`: the environment's own branch. */
  readonly ref: string | null;
}

export interface RollbackOrder extends Placed {
  readonly kind: 'rollback';
  readonly key: EnvironmentKey;
  /** A deployment that was live there. `null`: the one before what is live now. */
  readonly to: string | null;
}

/** Brings what is live in the environment before it. */
export interface PromoteOrder extends Placed {
  readonly kind: 'promote';
  readonly key: EnvironmentKey;
}

/** A request about the preview of a pull request. */
export interface PreviewOrder extends Placed {
  readonly kind: 'preview';
  readonly pull: PullRef;
  readonly wish: PreviewWish;
}

export type Order =
  | PreviewOrder
  | DecisionOrder
  | CancelOrder
  | RetryOrder
  | LockOrder
  | UnlockOrder
  | DestroyOrder
  | DeployOrder
  | RollbackOrder
  | PromoteOrder;

/** The result of an order. A release goes on after it: see workflows/orders/release-subscription.ts. */
export type OrderResult =
  | { readonly kind: 'decided'; readonly approval: ApprovalState }
  /** `was`: the state that it was in. */
  | { readonly kind: 'cancelled'; readonly was: string }
  | { readonly kind: 'environment'; readonly state: EnvironmentState }
  | { readonly kind: 'preview'; readonly answer: PreviewAnswer }
  /** It has begun, and goes on by itself. */
  | { readonly kind: 'destroying' }
  | { readonly kind: 'released'; readonly released: readonly string[]; readonly skipped: readonly string[] };
