/** What the repair remembers. `createRepairLedger` in store/queries/repair.ts does it; all throw `StoreUnavailable`. */
import type { GitHubOrigin } from '../../contracts/config/service.ts';
import type { GitHubId } from '../../contracts/core/github-id.ts';

/** A walk through GitHub's list, from the newest delivery to where the walk before began. Times in milliseconds. */
export interface Walk {
  /** What was delivered before this moment has been looked at. */
  readonly doneTo: number;
  /** Where the walk under way began; `null`: none is. */
  readonly from: number | null;
  /** Where it goes on. */
  readonly cursor: string | null;
}

export interface LostDelivery {
  readonly deliveryId: string;
  /** GitHub's id of its newest attempt. */
  readonly gitHubId: GitHubId;
  readonly event: string;
  readonly deliveredAt: number;
  /** How often it was asked for again. */
  readonly attempts: number;
}

export interface FollowedBranch {
  readonly origin: GitHubOrigin;
  readonly branch: string;
}

export interface RepairLedger {
  /** Where it stands. At first: from the oldest delivery that was ever taken, or from now on. */
  walk(now: number): Promise<Walk>;
  saveWalk(walk: Walk): Promise<void>;
  /** Those of them that our inbox does not have. */
  missing(deliveryIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Remembers them as lost; one that is known keeps its attempts. */
  addLost(lost: readonly Omit<LostDelivery, 'attempts'>[], now: number): Promise<void>;
  /** Lost ones that have arrived since are taken off, and those that GitHub keeps no more. */
  settle(keptSince: number): Promise<void>;
  /** Lost ones that may be asked for now, the oldest first. */
  due(now: number, limit: number): Promise<readonly LostDelivery[]>;
  /** @param nextAt - `null`: it is given up */
  asked(deliveryId: string, attempts: number, nextAt: number | null): Promise<void>;
  /** Branches that deploy by themselves and were not looked at since, the longest first. */
  branches(notSince: number, limit: number): Promise<readonly FollowedBranch[]>;
  /** @returns whether the branch had this head already when it was looked at last */
  sawHead(at: {
    readonly repositoryId: GitHubId;
    readonly branch: string;
    readonly commit: string | null;
    readonly now: number;
  }): Promise<boolean>;
  /** Whether a push of this head was decided about, or is released. */
  isDecided(head: {
    readonly repositoryId: GitHubId;
    readonly branch: string;
    readonly commit: string;
  }): Promise<boolean>;
}
