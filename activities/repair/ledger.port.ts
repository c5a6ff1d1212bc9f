/** The repair's memory. `createRepairLedger` in store/queries/repair.ts implements it; all throw `StoreUnavailable`. */
import type { GitHubOrigin } from '../../contracts/config/service.ts';
import type { GitHubId } from '../../contracts/core/github-id.ts';

/** A walk through GitHub's list, from the newest delivery to where the walk before began. Times in milliseconds. */
export interface Walk {
  /** Deliveries before this moment have been looked at. */
  readonly doneTo: number;
  /** The start of the walk under way; `null`: none is. */
  readonly from: number | null;
  /** The place where it continues. */
  readonly cursor: string | null;
}

export interface LostDelivery {
  readonly deliveryId: string;
  /** GitHub's id of its newest attempt. */
  readonly gitHubId: GitHubId;
  readonly event: string;
  readonly deliveredAt: number;
  /** The number of redeliveries that were requested. */
  readonly attempts: number;
}

export interface FollowedBranch {
  readonly origin: GitHubOrigin;
  readonly branch: string;
}

export interface RepairLedger {
  /** The walk's position. At first it begins with the oldest delivery ever taken, or with now. */
  walk(now: number): Promise<Walk>;
  saveWalk(walk: Walk): Promise<void>;
  /** Selects the deliveries that our inbox does not have. */
  missing(deliveryIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Remembers them as lost; one that is known keeps its attempts. */
  addLost(lost: readonly Omit<LostDelivery, 'attempts'>[], now: number): Promise<void>;
  /** Lost ones that have arrived since are taken off, and those that GitHub keeps no more. */
  settle(keptSince: number): Promise<void>;
  /** Lost deliveries that may be requested now, the oldest first. */
  due(now: number, limit: number): Promise<readonly LostDelivery[]>;
  /** @param nextAt - `null`: it is given up */
  asked(deliveryId: string, attempts: number, nextAt: number | null): Promise<void>;
  /** Branches that deploy by themselves and were not looked at since, the longest first. */
  branches(notSince: number, limit: number): Promise<readonly FollowedBranch[]>;
  /** @returns true when the branch had this head already at the last look */
  sawHead(at: {
    readonly repositoryId: GitHubId;
    readonly branch: string;
    readonly commit: string | null;
    readonly now: number;
  }): Promise<boolean>;
  /** True when a decision or a release about this head exists. */
  isDecided(head: {
    readonly repositoryId: GitHubId;
    readonly branch: string;
    readonly commit: string;
  }): Promise<boolean>;
}
