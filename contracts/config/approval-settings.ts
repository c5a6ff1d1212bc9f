/** Who may approve a deployment, and how long that waits, as landfall.yaml settles it. All times in milliseconds. */

/** Repository permissions that may approve, weakest first (GitHub, "Repository roles"). */
export const APPROVER_PERMISSIONS = ['write', 'maintain', 'admin'] as const;
export type ApproverPermission = (typeof APPROVER_PERMISSIONS)[number];

/** Who may decide. Being one of them in any way is enough. */
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
  /** How many different people. */
  readonly count: number;
  /** Whether whoever caused the release counts. */
  readonly selfReview: boolean;
  /** From the asking on. */
  readonly remindAfterMs: number | null;
  readonly escalateAfterMs: number | null;
  /** Who may decide as well once it has escalated. */
  readonly escalateTo: Approvers | null;
  readonly expireAfterMs: number;
}
