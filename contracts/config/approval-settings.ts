/**
 * The approvers of a deployment and the length of the wait, as landfall.yaml settles them. All times in milliseconds.
 */

/** Repository permissions that may approve, weakest first (GitHub, "Repository roles"). */
export const APPROVER_PERMISSIONS = ['write', 'maintain', 'admin'] as const;
export type ApproverPermission = (typeof APPROVER_PERMISSIONS)[number];

/** The people who may decide. Being one of them in any way is enough. */
export interface Approvers {
  /** GitHub logins, and access tokens as `token:NAME`. */
  readonly users: readonly string[];
  /** `organisation/team` slugs. */
  readonly teams: readonly string[];
  /** Everybody with this permission on the repository, or more. */
  readonly permission: ApproverPermission | null;
}

export interface ApprovalSettings {
  readonly from: Approvers;
  /** The number of different people. */
  readonly count: number;
  /** True when the person who caused the release may approve it. */
  readonly selfReview: boolean;
  /** The times are counted from the moment at which the release began to wait. */
  readonly remindAfterMs: number | null;
  readonly escalateAfterMs: number | null;
  /** Further people who may decide once it has escalated. */
  readonly escalateTo: Approvers | null;
  readonly expireAfterMs: number;
}
