import type { Actor } from '../core/actor.ts';
import type { ApprovalState } from './approval.ts';
import type { FailureRecord } from '../core/failures.ts';
import type { ServiceKey } from '../core/keys.ts';
import type { EnvironmentSettings, ServiceSettings, SourceOrigin } from '../config/service.ts';
import type { DeploymentOutcome } from './states.ts';

/** Input of the `release` workflow: one commit on its way through environments. */
export interface ReleaseInput {
  readonly releaseId: string;
  readonly key: ServiceKey;
  /** What people called it when it was admitted; absent where that is the name that it is kept under. */
  readonly called?: ServiceKey;
  /** Given by the store when it was admitted; a higher one is a newer head of the branch, or a later request. */
  readonly sequence: number;
  readonly origin: SourceOrigin;
  /** Full branch or tag name, without `refs/heads/`. */
  readonly ref: string;
  readonly commit: string;
  /** First line of the commit message, shortened. */
  readonly subject: string;
  /** The person or thing that caused it. */
  readonly actor: Actor;
  /** Further people who caused it: a lock lets it through only when it belongs to all of them. */
  readonly alsoBy?: readonly Actor[];
  /**
   * The authors of its commits, apart from {@link actor}: they cannot approve it where that is refused to its causer.
   */
  readonly authors?: readonly Actor[];
  /** A person wanted this very commit: it may go backwards. */
  readonly byName: boolean;
  /** A person or a CI system requested it, rather than an event: it ends the hold after a rollback. */
  readonly byHand?: boolean;
  /** The git tag of the request; {@link ref} has it, too. */
  readonly tag?: string;
  /** The deployment whose version it brings back; for a rollback only. */
  readonly rollbackTo?: string;
  /** The deployment that it takes back: see `DeploymentRequest.rollbackFrom`. */
  readonly rollbackFrom?: string;
  /** A certain revision of the environment's variables, as a rollback has it. */
  readonly variables?: { readonly revision: number };
  readonly settings: ServiceSettings;
  /** In order; a failure stops the ones after it. */
  readonly environments: readonly EnvironmentSettings[];
  readonly extraTags: readonly string[];
  /** An earlier build of the same commit and settings, when its image still exists. */
  readonly image?: { readonly image: string; readonly digest: string; readonly builder: string };
}

export interface ReleaseStage {
  readonly environment: string;
  readonly deploymentId: string;
  readonly state: 'waiting' | 'deploying' | DeploymentOutcome;
  /** The addresses at which it is live, one per place; absent where it is not, or has none. */
  readonly urls?: readonly string[];
}

/** Answer of the `progress` query. */
export interface ReleaseProgress {
  readonly state: 'building' | 'waiting' | 'deploying' | 'finished';
  readonly stages: readonly ReleaseStage[];
  /** The gate that it waits at, or waited at last. */
  readonly approval?: ApprovalState;
  readonly failure?: FailureRecord;
}

export interface ReleaseResult {
  readonly outcome: 'completed' | 'failed' | 'cancelled';
  readonly stages: readonly ReleaseStage[];
  readonly failure?: FailureRecord;
}

export interface CancelRequest {
  readonly by: Actor;
  readonly reason: string;
}

/** Facts about a release, for readers that only have its id. */
export interface ReleaseFacts {
  readonly releaseId: string;
  readonly workflowId: string;
  readonly key: ServiceKey;
  /** See {@link ReleaseInput}. */
  readonly called?: ServiceKey;
  readonly commit: string;
  readonly subject: string;
  /** Names, in order. */
  readonly environments: readonly string[];
}

/** The news that a follower of a release gets. */
export type ReleaseNews = { readonly releaseId: string } & (
  | { readonly kind: 'ended'; readonly result: ReleaseResult }
  /** The release waits for an approval. */
  | { readonly kind: 'gate'; readonly approval: ApprovalState }
);
